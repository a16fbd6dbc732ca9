"""What there is to look at: five dashboards, planned from the catalogue of metrics and the names of the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .agents import activity, cost, performance
from .platform import errors, resources
from .widgets import body, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .scene import Scene
    from .widgets import Plain, Widget

# Purpose of the name -> title, what it answers.
TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "performance": ("Agent performance", "How fast are answers, and which agent, model, tool or query takes the time?"),
    "cost": ("Cost", "What do models and queries cost, and who causes it?"),
    "errors": ("Errors", "What is wrong now, and what was refused?"),
    "activity": ("User activity", "Who asks what, and how much?"),
    "resources": ("Resource utilisation", "How close are functions, tables, queries and the API to their limits?"),
}
_ROWS: Final = {
    "performance": performance,
    "cost": cost,
    "errors": errors,
    "activity": activity,
    "resources": resources,
}


def plan(scene: Scene, names: Mapping[str, str]) -> dict[str, dict[str, Plain]]:
    """Purpose -> body of each dashboard; `names` are their names by purpose, for the links between them."""
    return {purpose: body([[_head(purpose, names)], *rows(scene)], scene.region) for purpose, rows in _ROWS.items()}


def _head(purpose: str, names: Mapping[str, str]) -> Widget:
    title, question = TITLES[purpose]
    others = " · ".join(
        f"[{TITLES[other][0]}](#dashboards/dashboard/{name})" for other, name in names.items() if other != purpose
    )
    return text(f"## {title}\n{question} Elsewhere: {others}")

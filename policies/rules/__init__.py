"""Every rule of the pack: dropping a file into `rules/<service>/` registers it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from ._rule import Rule

LAST = "exemption-"


def _collect() -> tuple[Rule, ...]:
    found: dict[str, Rule] = {}
    folder = Path(__file__).parent
    for path in sorted(folder.glob("[!_]*/[!_]*.py")):
        module = import_module(f"{__name__}.{path.parent.name}.{path.stem}")
        for value in vars(module).values():
            if not isinstance(value, Rule):
                continue
            if value.id in found:
                message = f"two rules have the id {value.id}; the second is in {path.relative_to(folder)}"
                raise ValueError(message)
            found[value.id] = value
    # Which exemptions were needed is known once every other rule has spoken.
    return tuple(sorted(found.values(), key=lambda one: one.id.startswith(LAST)))


RULES = _collect()

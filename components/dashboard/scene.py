"""What dashboards are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.alarms.alarm import Watched
    from components.sections import Thresholds


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The stack as a planner of dashboards sees it."""

    region: str
    watched: Watched
    thresholds: Thresholds
    alarms: Sequence[str]  # ARNs, those that tell people first

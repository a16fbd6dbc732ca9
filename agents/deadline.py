"""The one deadline that a turn carries through router, model, tools and gateway."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.errors import DeadlineError

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Deadline:
    """A point on a monotonic clock, in seconds."""

    at_s: float
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def after(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> Deadline:
        """The deadline that many seconds from now."""
        return cls(clock() + seconds, clock)

    def remaining_s(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self.at_s - self.clock())

    def check(self, doing: str) -> float:
        """Seconds left; raises DeadlineError, naming what was about to be done, when there are none."""
        left = self.remaining_s()
        if left <= 0:
            raise DeadlineError(f"no time was left for {doing}", fix="Ask again, or ask for less.")
        return left

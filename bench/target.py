"""What a benchmark promises."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Target:
    """A bound on the ratio ours / peer of time per call; smaller is faster."""

    ratio_at_most: float

    def met(self, ratio: float) -> bool:
        """Whether a measured ratio keeps the promise."""
        return ratio <= self.ratio_at_most

    def __str__(self) -> str:
        return f"<= {self.ratio_at_most:g}x"

"""Where delivery keeps things: all of it under `var/` of the working copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """Folders of one working copy. `kept` stands for its `var`, so that a second set of stacks can live beside."""

    root: Path
    kept: Path | None = None

    @classmethod
    def here(cls) -> Places:
        """The working copy this module lies in."""
        return cls(Path(__file__).resolve().parents[1])

    @property
    def var(self) -> Path:
        return self.kept or self.root / "var"

    @property
    def packages(self) -> Path:
        """Where the program looks for zips, whatever `kept` is."""
        return self.root / "var" / "packages"

    def stack(self, stack: str) -> Path:
        """What belongs to one stack on this machine: the emulator's state, Pulumi's, users."""
        return self.var / stack

"""What may take only so long on two cores, as people run it: a process each, once, by the clock on the wall."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A command and the seconds that it may take."""

    name: str
    seconds_at_most: float
    command: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Run:
    """How long it took; `exit_code` is the command's own, and what it fails with is no measurement."""

    name: str
    command: str
    seconds: float
    seconds_at_most: float
    exit_code: int

    @property
    def met(self) -> bool:
        return self.exit_code == 0 and self.seconds <= self.seconds_at_most


_QM: Final = str(Path(sys.executable).parent / "qm")
LIMITS: Final = (
    Limit(
        name="plan-of-three-stacks",
        seconds_at_most=10,
        command=(_QM, "plan", "--stack", "dev", "--stack", "staging", "--stack", "prod"),
    ),
    Limit(
        name="component-suite",
        seconds_at_most=60,
        command=(sys.executable, "-m", "pytest", "tests/components", "-q", "-n", "2", "--dist", "loadfile"),
    ),
)


def run(limit: Limit) -> Run:
    """Runs the command to its end, however long that takes."""
    started = time.perf_counter()
    done = subprocess.run(limit.command, cwd=ROOT, check=False, capture_output=True)  # noqa: S603 - ours
    return Run(
        name=limit.name,
        command=" ".join((Path(limit.command[0]).name, *limit.command[1:])),
        seconds=round(time.perf_counter() - started, 2),
        seconds_at_most=limit.seconds_at_most,
        exit_code=done.returncode,
    )

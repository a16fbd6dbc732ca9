"""Processes that end with the benchmark, and folders on the disk that stores lie on."""

from __future__ import annotations

import atexit
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

START_S: Final = 30
_VAR: Final = Path(__file__).parents[2] / "var"  # which /tmp may not be


def start(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """A process whose output can be read, and which ends with this one."""
    process = subprocess.Popen(  # noqa: S603 - commands of benchmarks
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    atexit.register(_stop, process)
    return process


def folder() -> Path:
    """A folder that is removed at the end."""
    _VAR.mkdir(exist_ok=True)
    made = tempfile.TemporaryDirectory(dir=_VAR)
    atexit.register(made.cleanup)
    return Path(made.name)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait(timeout=START_S)
    if process.stdout is not None:
        process.stdout.close()

"""Finds uv and runs it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from agents.errors import SetupError
from delivery.places import Places

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMEOUT_S = 300


def find_uv(var: Path) -> Path:
    """The uv that `make setup` put in `var`, which it does when the one on PATH is missing or too old; or that one.

    Raises SetupError when there is none.
    """
    own = var / "uv" / "bin" / "uv"
    found = str(own) if own.is_file() else shutil.which("uv")
    if found is None:
        raise SetupError("uv is neither on PATH nor in var/uv", fix="Run `make setup`, which installs it.")
    return Path(found)


def run_uv(places: Places, arguments: Sequence[str], *, doing: str) -> str:
    """Its standard output, run in the folder of `places`; raises SetupError with uv's last line when it fails."""
    command = [str(find_uv(Places.here().var)), *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments, no shell
            command, cwd=places.root, check=False, capture_output=True, text=True, timeout=TIMEOUT_S
        )
    except subprocess.TimeoutExpired as error:
        raise SetupError(f"{doing} took longer than {TIMEOUT_S} s", fix="Check the network, then run again.") from error
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise SetupError(f"{doing} failed: {lines[-1] if lines else 'uv said nothing'}", fix="Mend it, then run again.")
    return done.stdout

"""Where a laptop keeps its data."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import Final

from agents.errors import SetupError

HOME: Final = "QM_HOME"  # where a laptop keeps its state; var/laptop of the checkout unless set
STORE: Final = "configuration.db"


def home_folder() -> Path:
    """QM_HOME, or var/laptop in the checkout, or in the working folder when installed as a wheel.

    It is made for its owner only. Raises SetupError for one that is there and that others can use.
    """
    if chosen := os.environ.get(HOME):
        home = Path(chosen).resolve()
    else:
        checkout = Path(__file__).resolve().parents[2]
        home = (checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()) / "var" / "laptop"
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            home.mkdir(mode=0o700)  # conversations hold what people asked and were told
        found = home.stat().st_mode
    except OSError as error:
        raise SetupError(f"{home} cannot be used: {error.strerror}", fix=f"Set {HOME} to another folder.") from error
    if not stat.S_ISDIR(found):
        raise SetupError(f"{home} is no folder", fix=f"Set {HOME} to another.")
    if found & 0o077:  # whose it is and what it is for is not ours to change
        raise SetupError(
            f"others can use the folder {home}, which keeps what people asked and were told",
            fix=f"Run chmod 700 {home} if it is for this alone, or set {HOME} to a new folder.",
        )
    return home

"""Files that only their owner can read: documents say how a company works, and may hold a secret."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

from agents.errors import InvalidError

if TYPE_CHECKING:
    from pathlib import Path


def new_file(path: str | Path) -> TextIO:
    """Opens a file to write, which must not be there: one that is may be somebody else's, and open to everybody.

    Raises InvalidError.
    """
    try:
        return open(path, "x", encoding="utf-8", opener=_for_owner)
    except FileExistsError as error:
        raise InvalidError(f"{path} is there already", fix="Name a file that is not there.") from error


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

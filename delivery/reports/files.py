"""Writes report files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from agents.errors import InvalidError, SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping

_MODE = 0o644  # a report is read by the next step of a pipeline, often as another user


def check(paths: Mapping[str, Path | None]) -> None:
    """Raises InvalidError for `-`, as stdout carries the report itself, and for two reports in one file."""
    seen: dict[Path, str] = {}
    for option, path in paths.items():
        if path is None:
            continue
        if str(path) == "-":
            raise InvalidError(f"{option} - would mix with the report on stdout", fix="Give the name of a file")
        other = seen.setdefault(path.absolute(), option)
        if other != option:
            raise InvalidError(f"{other} and {option} name the same file, {path}", fix="Give each its own")


def write(path: Path, text: str) -> None:
    """Puts the text in the file at once: a reader sees the old file or the new one.

    Raises SetupError where the file cannot be written.
    """
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(_MODE)
        Path(temporary).replace(path)
        temporary = ""
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        fix = "Give a file in a folder that exists and may be written to"
        raise SetupError(f"{path} cannot be written: {reason}", fix=fix) from error
    finally:
        if temporary:
            with suppress(OSError):
                Path(temporary).unlink()

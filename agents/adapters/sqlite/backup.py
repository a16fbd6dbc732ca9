"""Backups of a SQLite store, made while it is used, and put back."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.adapters.sqlite.connection import BUSY_TIMEOUT_S
from agents.errors import ConflictError, InvalidError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path


def backup(source: Path, target: Path) -> None:
    """Copies a store as it is at one moment, checks the copy, and only then gives it its name.

    Raises ConflictError when the target is there, UnavailableError when it could not be made.
    """
    if target.exists():
        raise ConflictError(f"{target.name} is there already", fix="Name a file that is not there.")
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT_S)) as used,
            closing(sqlite3.connect(part)) as copy,
        ):
            used.backup(copy)  # at once: readers of a WAL file hold up no writer, and one moment is one store
            # One file, which is read without any other beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
            _check(copy, part)
        _settle(part)
        # A link fails where a rename would replace what somebody else put there meanwhile.
        os.link(part, target)
    except FileExistsError as error:
        raise ConflictError(f"{target.name} is there already", fix="Name a file that is not there.") from error
    except (sqlite3.Error, OSError) as error:
        raise UnavailableError(f"no backup was made: {_why(error)}", fix="Check both files and the disk.") from error
    finally:
        part.unlink(missing_ok=True)
    _settle(target.parent)


def restore_backup(source: Path, target: Path, *, tenant: str, clock: Callable[[], datetime]) -> int:
    """Puts a backup in the place of a store that is not there; how many documents it holds.

    Raises InvalidError for a file that is no whole store, ConflictError when the target is there.
    """
    if not source.is_file():
        raise InvalidError(f"there is no file {source.name}", fix="Name a backup.")
    try:
        with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            _check(copy, source)
    except sqlite3.Error as error:
        raise InvalidError(f"{source.name} is no backup of a store: {error}") from error
    backup(source, target)
    store = SqliteConfigStore(target, tenant=tenant, clock=clock)
    try:
        return len(store.heads())
    finally:
        store.close()


def _check(connection: sqlite3.Connection, path: Path) -> None:
    if (found := connection.execute("PRAGMA integrity_check").fetchone()) != ("ok",):
        raise UnavailableError(f"{path.name} is damaged: {found[0]}", fix="Take another backup.")


def _settle(path: Path) -> None:
    """Waits until a file, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _why(error: Exception) -> str:
    # A path of this machine is nobody else's business.
    return (error.strerror or "") if isinstance(error, OSError) else str(error)

"""Backups of a SQLite store, made while it is used, and put back; and how a file comes to its name."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.adapters.sqlite.connection import BUSY_TIMEOUT_S
from agents.configuration.store_copy import verify
from agents.errors import ConflictError, InvalidError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

_BESIDE: Final = ("", "-wal", "-shm", "-journal")  # a database is all of them: SQLite reads what it finds


def backup(source: Path, target: Path) -> None:
    """Copies a store as it is at one moment, checks the copy, and only then gives it its name.

    Raises ConflictError when the target is there, UnavailableError when it could not be made.
    """
    with new_file(target) as part:
        _copy(source, part)


def restore_backup(source: Path, target: Path, *, tenant: str, clock: Callable[[], datetime]) -> int:
    """Puts a backup in the place of a store that is not there; how many documents it holds.

    Every page and every digest is checked first. Raises InvalidError for a file that is no whole store, ConflictError
    when the target is there, or a part of one that was.
    """
    if not source.is_file():
        raise InvalidError(f"there is no file {source.name}", fix="Name a backup.")
    try:
        with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as kept:
            _check(kept, source)
            if not kept.execute("SELECT 1 FROM sqlite_master WHERE name = 'version'").fetchone():
                raise InvalidError(f"{source.name} is no backup of a store: it has no versions", fix="Name a backup.")
    except sqlite3.Error as error:
        raise InvalidError(f"{source.name} is no backup of a store: {error}") from error
    with new_file(target) as part:
        _copy(source, part)
        with closing(SqliteConfigStore(part, tenant=tenant, clock=clock)) as store:
            try:
                return verify(store)
            except UnavailableError as error:
                raise InvalidError(f"{source.name} is damaged: {error.message}", fix="Take another backup.") from error


@contextmanager
def new_file(target: Path) -> Iterator[Path]:
    """Where to make a database, which gets its name when the block ends: whole, on the disk, and for its owner only.

    Raises ConflictError when the target or a part of one is there, UnavailableError when it could not be made.
    """
    _check_free(target)
    try:
        # A folder of its own: what was left beside a file by a crash would be read as a part of it.
        with TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
            part = Path(folder) / target.name
            yield part
            with closing(sqlite3.connect(part)) as made:
                made.execute("PRAGMA journal_mode=DELETE")  # one file, which is read without any other beside it
                _check(made, target)
            part.chmod(0o600)
            _settle(part)
            _check_free(target)
            # A link fails where a rename would replace what somebody else put there meanwhile.
            os.link(part, target)
        _settle(target.parent)
    except FileExistsError as error:
        raise _there(target) from error
    except (sqlite3.Error, OSError) as error:
        raise UnavailableError(
            f"{target.name} was not made: {_why(error)}", fix="Check the files and the disk."
        ) from error


def _copy(source: Path, part: Path) -> None:
    uri = f"{source.absolute().as_uri()}?mode=rw"
    with (
        closing(sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S)) as used,
        closing(sqlite3.connect(part)) as copy,
    ):
        used.backup(copy)  # at once: readers of a WAL file hold up no writer, and one moment is one store


def _check_free(target: Path) -> None:
    for suffix in _BESIDE:
        if os.path.lexists(beside := target.with_name(target.name + suffix)):
            raise _there(beside, part=bool(suffix))


def _there(path: Path, *, part: bool = False) -> ConflictError:
    fix = "Name a file that is not there."
    if part:
        fix = "Move it to the store that it was left by: it may hold what was written there last."
    return ConflictError(f"{path.name} is there already", fix=fix)


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

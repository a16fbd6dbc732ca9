"""SQLite as we use it everywhere: WAL, every commit on disk before it is acknowledged, one writer at a time."""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from agents.adapters.sqlite.group import Group
from agents.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

T = TypeVar("T")
BUSY_TIMEOUT_S: Final = 5.0
MAX_IDLE: Final = 40  # as many as a server has threads: opening one takes longer than most reads
_HELD: Final = "Another program holds it: wait for that one, or stop it, and try again."
_BROKEN: Final = "Stop what uses it, and restore it from a backup."
_FIXES: Final = {
    sqlite3.SQLITE_BUSY: _HELD,
    sqlite3.SQLITE_LOCKED: _HELD,
    sqlite3.SQLITE_FULL: "Make room on its disk, and try again; what was stored before is safe.",
    sqlite3.SQLITE_CORRUPT: _BROKEN,
    sqlite3.SQLITE_NOTADB: _BROKEN,
    sqlite3.SQLITE_READONLY: "Let this program write to the file and its folder.",
    sqlite3.SQLITE_CANTOPEN: "Check that its folder is there, and that this program may write to it.",
}


class Database:
    """One file, by a few connections that whoever needs one borrows; writes of this process queue on one lock.

    The lock is not needed for safety - `BEGIN IMMEDIATE` is - but waiting on it costs no polling. Connections belong
    to no thread: a server's threads come and go, and each connection holds three files open.

    `schema` are statements that may run again, or a function that looks whether there is anything to do: it is given
    `read` and `write`. Without `make` a file that is not there is an error: UnavailableError.
    """

    def __init__(self, path: Path, schema: str | Callable[[Database], None], *, make: bool = True) -> None:
        _check_whole(path)
        self._path = path
        self._uri = f"{path.absolute().as_uri()}?mode={'rwc' if make else 'rw'}"
        self._writing = threading.Lock()
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue(MAX_IDLE)
        self._group = Group(self.write)
        if not isinstance(schema, str):
            schema(self)
            return
        with self.write() as connection:
            for statement in filter(None, map(str.strip, schema.split(";"))):
                connection.execute(statement)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for reads; raises UnavailableError for what SQLite reports."""
        connection: sqlite3.Connection | None = None
        try:
            connection = self._borrow()
            yield connection
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            raise self._unavailable(error) from error
        except BaseException:
            self._give_back(connection)
            raise
        self._give_back(connection)

    @contextmanager
    def snapshot(self) -> Iterator[sqlite3.Connection]:
        """A connection whose reads are all of one moment."""
        with self.read() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("COMMIT")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction, durable when the block ends, undone when it raises."""
        with self._writing, self.read() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def commit(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What a work gives, durable; works of several threads share a transaction and its sync.

        A work may run on another thread, must not wait for anything, and is undone alone when it raises.
        """
        return self._group.run(work)

    def close(self) -> None:
        """Closes the connections that nobody holds; used again, the object opens new ones."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    def _borrow(self) -> sqlite3.Connection:
        with contextlib.suppress(queue.Empty):
            return self._idle.get_nowait()
        connection = sqlite3.connect(
            self._uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
        except BaseException:
            connection.close()
            raise
        return connection

    def _give_back(self, connection: sqlite3.Connection | None) -> None:
        if connection is None:
            return
        try:
            self._idle.put_nowait(connection)
        except queue.Full:
            connection.close()

    def _unavailable(self, error: sqlite3.Error) -> UnavailableError:
        # The lower byte is the kind of the error, the rest says more of it. Misuse of ours has no code.
        kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return UnavailableError(
            f"the store {self._path.name} failed: {error}",
            fix=_FIXES.get(kind, "Check the disk, and that no other program holds it."),
        )


def _check_whole(path: Path) -> None:
    """Raises UnavailableError for what is left of a file that was moved: a new one in its place would delete that."""
    left = path.with_name(path.name + "-wal")
    if left.exists() and not path.exists():
        raise UnavailableError(
            f"{path.name} is not there, but {left.name} is, which holds what was written last",
            fix=f"Put it back, or move {left.name} to where it is.",
        )

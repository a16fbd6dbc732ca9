"""SQLite as we use it everywhere: WAL, every commit on disk before it is acknowledged, one writer at a time."""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from agents.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_TIMEOUT_S: Final = 5.0
MAX_IDLE: Final = 4


class Database:
    """One file, by a few connections that whoever needs one borrows; writes of this process queue on one lock.

    The lock is not needed for safety - `BEGIN IMMEDIATE` is - but waiting on it costs no polling. Connections belong
    to no thread: a server's threads come and go, and each connection holds three files open.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self._path = path
        self._writing = threading.Lock()
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue(MAX_IDLE)
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

    def close(self) -> None:
        """Closes the connections that nobody holds; used again, the object opens new ones."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    def _borrow(self) -> sqlite3.Connection:
        with contextlib.suppress(queue.Empty):
            return self._idle.get_nowait()
        connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
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
        return UnavailableError(
            f"the store {self._path.name} failed: {error}",
            fix="Check the disk, and that no other program holds it.",
        )

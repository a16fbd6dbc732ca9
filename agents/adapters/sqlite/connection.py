"""SQLite as we use it everywhere: WAL, every commit on disk before it is acknowledged, one writer at a time."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from agents.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_TIMEOUT_S: Final = 5.0


class Database:
    """One file. Each thread has a connection of its own; writes of this process queue on one lock.

    The lock is not needed for safety - `BEGIN IMMEDIATE` is - but waiting on it costs no polling.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self._path = path
        self._local = threading.local()
        self._writing = threading.Lock()
        self._opened: list[sqlite3.Connection] = []
        with self.write() as connection:
            for statement in filter(None, map(str.strip, schema.split(";"))):
                connection.execute(statement)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for reads; raises UnavailableError for what SQLite reports."""
        try:
            yield self._connection()
        except sqlite3.Error as error:
            raise self._unavailable(error) from error

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
        """Closes every connection; the database can be opened again by a new object."""
        for connection in self._opened:
            connection.close()
        self._opened.clear()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            self._local.connection = connection
            self._opened.append(connection)
        return connection

    def _unavailable(self, error: sqlite3.Error) -> UnavailableError:
        return UnavailableError(
            f"the store {self._path.name} failed: {error}",
            fix="Check the disk, and that no other program holds it.",
        )

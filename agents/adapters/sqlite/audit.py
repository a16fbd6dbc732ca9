"""The audit in SQLite: records are added, and neither changed nor, within their time, removed."""

from __future__ import annotations

import itertools
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from agents.access.ports import KEEP_DAYS, MAX_RECORDS, Entry
from agents.adapters.sqlite.connection import Database
from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from agents.access.chain import Record
    from agents.deadline import Deadline

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS audit (
    tenant TEXT NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, id))
"""
# A guard against mistakes; whoever owns the file can drop them, and it is the chain that tells.
_TRIGGERS: Final = (
    """CREATE TRIGGER IF NOT EXISTS audit_unchanged BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'records of the audit are never changed'); END""",
    """CREATE TRIGGER IF NOT EXISTS audit_kept BEFORE DELETE ON audit
    WHEN OLD.expires_at > CAST(strftime('%s', 'now') AS INTEGER)
    BEGIN SELECT RAISE(ABORT, 'records of the audit are kept for their time'); END""",
    # REPLACE deletes without a DELETE.
    """CREATE TRIGGER IF NOT EXISTS audit_once BEFORE INSERT ON audit
    WHEN EXISTS (SELECT 1 FROM audit WHERE tenant = NEW.tenant AND id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'a record of the audit is written once'); END""",
)
_MADE: Final = "SELECT count(*) FROM sqlite_master WHERE name = 'audit' OR name GLOB 'audit_*' AND type = 'trigger'"
_PAGE: Final = 1_000  # records that are removed at once


class SqliteAuditLog:
    """The `AuditLog` of one tenant. `clock` says which records are past their time, in UTC.

    The file is opened at its first use: most commands need no audit, and must not wait for one that has its lock.
    """

    def __init__(self, path: Path, *, tenant: str, clock: Callable[[], datetime], keep_days: int = KEEP_DAYS) -> None:
        self._path = path
        self._opened: Database | None = None
        self._opening = threading.Lock()
        self._clock = clock
        self._tenant = tenant
        self._keep = timedelta(days=keep_days)

    def append(self, records: Sequence[Record]) -> None:
        if len(records) > MAX_RECORDS:
            raise InvalidError(f"an append takes at most {MAX_RECORDS} records")
        rows = [(self._tenant, record.id, record.text, self._expires(record)) for record in records]
        with self._database().write() as connection:
            connection.executemany("INSERT INTO audit VALUES (?, ?, ?, ?)", rows)

    def read(self, *, after: str, limit: int) -> tuple[Entry, ...]:
        with self._database().read() as connection:
            rows = connection.execute(
                "SELECT id, record FROM audit WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?",
                (self._tenant, after, limit),
            ).fetchall()
        return tuple(Entry(id=record_id, text=text) for record_id, text in rows)

    def prune(self, deadline: Deadline) -> None:
        """Removes what is past its time, oldest first, as far as the deadline lets; the next call goes on."""
        now = int(self._clock().timestamp())
        more = True
        while more:
            deadline.check("removing records of the audit that are past their time")
            with self._database().read() as connection:
                oldest = connection.execute(
                    "SELECT id, expires_at FROM audit WHERE tenant = ? ORDER BY id LIMIT ?", (self._tenant, _PAGE)
                ).fetchall()
            # Up to the first that is kept: nobody has to read all of them to find that nothing is past its time.
            past = [record_id for record_id, _ in itertools.takewhile(lambda row: row[1] <= now, oldest)]
            more = len(past) == _PAGE
            if past:
                with self._database().write() as connection:
                    connection.execute("DELETE FROM audit WHERE tenant = ? AND id <= ?", (self._tenant, past[-1]))

    def close(self) -> None:
        """Releases the file."""
        if self._opened is not None:
            self._opened.close()

    def _database(self) -> Database:
        with self._opening:
            if self._opened is None:
                self._opened = Database(self._path, _prepare)
            return self._opened

    def _expires(self, record: Record) -> int:
        return int((datetime.fromisoformat(record.at) + self._keep).timestamp())


def _prepare(database: Database) -> None:
    """Makes what is not there; a file that is whole is not written to, so that reading waits for no writer."""
    with database.read() as connection:
        (made,) = connection.execute(_MADE).fetchone()
    if made < 1 + len(_TRIGGERS):
        with database.write() as connection:
            for statement in (_SCHEMA, *_TRIGGERS):
                connection.execute(statement)

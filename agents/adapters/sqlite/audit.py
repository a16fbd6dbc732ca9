"""The audit in SQLite: records are added, and neither changed nor, within their time, removed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from agents.access.ports import KEEP_DAYS, MAX_RECORDS, Entry
from agents.adapters.sqlite.connection import Database
from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from agents.access.chain import Record

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


class SqliteAuditLog:
    """The `AuditLog` of one tenant. `clock` says which records are past their time, in UTC."""

    def __init__(self, path: Path, *, tenant: str, clock: Callable[[], datetime], keep_days: int = KEEP_DAYS) -> None:
        self._database = Database(path, _SCHEMA)
        self._tenant = tenant
        self._keep = timedelta(days=keep_days)
        with self._database.write() as connection:
            for trigger in _TRIGGERS:
                connection.execute(trigger)
            connection.execute("DELETE FROM audit WHERE expires_at <= ?", (int(clock().timestamp()),))

    def append(self, records: Sequence[Record]) -> None:
        if len(records) > MAX_RECORDS:
            raise InvalidError(f"an append takes at most {MAX_RECORDS} records")
        rows = [(self._tenant, record.id, record.text, self._expires(record)) for record in records]
        with self._database.write() as connection:
            connection.executemany("INSERT INTO audit VALUES (?, ?, ?, ?)", rows)

    def read(self, *, after: str, limit: int) -> tuple[Entry, ...]:
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT id, record FROM audit WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?",
                (self._tenant, after, limit),
            ).fetchall()
        return tuple(Entry(id=record_id, text=text) for record_id, text in rows)

    def close(self) -> None:
        """Releases the file."""
        self._database.close()

    def _expires(self, record: Record) -> int:
        return int((datetime.fromisoformat(record.at) + self._keep).timestamp())

"""What instances run, in SQLite: in the file of the configuration."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from agents.adapters.sqlite.connection import Database
from agents.adapters.sqlite.schema import migrate
from agents.adapters.sqlite.versions import as_microseconds, as_time
from agents.configuration.instances import Ack

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

KEEP: Final = timedelta(days=7)  # after an instance was seen last
_UPSERT: Final = """INSERT INTO instance VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (tenant, instance, key) DO UPDATE SET digest = excluded.digest, versions = excluded.versions,
    cursor = excluded.cursor, status = excluded.status, at = excluded.at, seen_at = excluded.seen_at,
    running = excluded.running, reason = excluded.reason WHERE excluded.seen_at >= seen_at"""


class SqliteInstanceStore:
    """The `InstanceStore` of one tenant. `clock` says who was not seen for too long, in UTC."""

    def __init__(self, path: Path, *, tenant: str, clock: Callable[[], datetime]) -> None:
        self._database = Database(path, migrate)
        self._tenant = tenant
        self._clock = clock

    def ack(self, acks: Sequence[Ack]) -> None:
        rows = [
            (self._tenant, ack.instance, ack.key, ack.digest, json.dumps(dict(ack.versions)), ack.cursor, ack.status,
             as_microseconds(ack.at), as_microseconds(ack.seen_at), ack.running, ack.reason)
            for ack in acks
        ]  # fmt: skip
        oldest = as_microseconds(self._clock() - KEEP)

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(_UPSERT, rows)
            connection.execute("DELETE FROM instance WHERE tenant = ? AND seen_at <= ?", (self._tenant, oldest))

        if rows:
            self._database.commit(write)

    def acks(self, *, seen_after: datetime) -> tuple[Ack, ...]:
        after = max(seen_after, self._clock() - KEEP)
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT instance, key, digest, versions, cursor, status, at, seen_at, running, reason FROM instance"
                " WHERE tenant = ? AND seen_at > ? ORDER BY instance, key",
                (self._tenant, as_microseconds(after)),
            ).fetchall()
        return tuple(
            Ack(
                instance=instance,
                key=key,
                digest=digest,
                versions=json.loads(versions),
                cursor=cursor,
                status=status,
                at=as_time(at),
                seen_at=as_time(seen_at),
                running=running,
                reason=reason,
            )
            for instance, key, digest, versions, cursor, status, at, seen_at, running, reason in rows
        )

    def close(self) -> None:
        """Releases the file."""
        self._database.close()

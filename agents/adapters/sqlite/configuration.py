"""Configuration in SQLite: versions and their change log in one file."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Final

from agents.adapters.sqlite.connection import Database
from agents.configuration.documents import START, Appended, Change, Changes, Version
from agents.configuration.stores import check_drafts, next_version, position
from agents.errors import NotFoundError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from agents.configuration.documents import Cursor, Draft

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS version (
    tenant TEXT NOT NULL, key TEXT NOT NULL, layer TEXT NOT NULL, number INTEGER NOT NULL,
    digest TEXT NOT NULL, parent TEXT NOT NULL, author TEXT NOT NULL, message TEXT NOT NULL,
    created_at TEXT NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (tenant, key, layer, number));
CREATE TABLE IF NOT EXISTS change (
    tenant TEXT NOT NULL, sequence INTEGER NOT NULL, key TEXT NOT NULL, layer TEXT NOT NULL,
    number INTEGER NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (tenant, sequence)) WITHOUT ROWID
"""
_INSERT: Final = "INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SELECT: Final = (
    "SELECT key, layer, number, digest, parent, author, message, created_at, content"
    " FROM version WHERE tenant = ? AND key = ? AND layer = ?"
)


class SqliteConfigStore:
    """The `ConfigStore` of one tenant. `clock` gives the time of a version, in UTC."""

    def __init__(self, path: Path, *, tenant: str, clock: Callable[[], datetime]) -> None:
        self._database = Database(path, _SCHEMA)
        self._tenant = tenant
        self._clock = clock

    def append(self, drafts: Sequence[Draft]) -> Appended:
        texts = check_drafts(drafts)
        with self._database.write() as connection:
            now = self._clock()
            sequence = self._sequence(connection)
            versions = []
            for draft, text in zip(drafts, texts, strict=True):
                version = self._next(connection, draft, now)
                sequence += 1
                connection.execute(
                    _INSERT,
                    (self._tenant, version.key, version.layer, version.number, version.digest, version.parent,
                     version.author, version.message, now.isoformat(), text),
                )  # fmt: skip
                connection.execute(
                    "INSERT INTO change VALUES (?, ?, ?, ?, ?, ?)",
                    (self._tenant, sequence, version.key, version.layer, version.number, now.isoformat()),
                )
                versions.append(version)
        return Appended(tuple(versions), str(sequence))

    def heads(self, addresses: Sequence[tuple[str, str]]) -> tuple[Version | None, ...]:
        with self._database.read() as connection:
            # One read transaction, so that the heads belong to one moment.
            connection.execute("BEGIN")
            try:
                return tuple(self._head(connection, key, layer) for key, layer in addresses)
            finally:
                connection.execute("COMMIT")

    def version(self, key: str, layer: str, number: int) -> Version:
        with self._database.read() as connection:
            row = connection.execute(
                _SELECT + " AND number = ?",
                (self._tenant, key, layer, number),
            ).fetchone()
        if row is None:
            raise NotFoundError(f"{key} ({layer}) has no version {number}", fix="List its history.")
        return _version(row)

    def history(self, key: str, layer: str, *, before: int | None, limit: int) -> tuple[Version, ...]:
        below = before if before is not None else 2**62
        with self._database.read() as connection:
            rows = connection.execute(
                _SELECT + " AND number < ? ORDER BY number DESC LIMIT ?",
                (self._tenant, key, layer, below, limit),
            ).fetchall()
        return tuple(_version(row) for row in rows)

    def changes(self, *, after: Cursor, limit: int) -> Changes:
        start = position(after)
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT sequence, key, layer, number, at FROM change"
                " WHERE tenant = ? AND sequence > ? ORDER BY sequence LIMIT ?",
                (self._tenant, start, limit),
            ).fetchall()
        items = tuple(
            Change(cursor=str(sequence), key=key, layer=layer, number=number, at=datetime.fromisoformat(at))
            for sequence, key, layer, number, at in rows
        )
        return Changes(items, items[-1].cursor if items else after)

    def tail(self) -> Cursor:
        with self._database.read() as connection:
            return str(self._sequence(connection) or START)

    def close(self) -> None:
        """Releases the file."""
        self._database.close()

    def _sequence(self, connection: sqlite3.Connection) -> int:
        row = connection.execute("SELECT max(sequence) FROM change WHERE tenant = ?", (self._tenant,)).fetchone()
        return int(row[0] or 0)

    def _head(self, connection: sqlite3.Connection, key: str, layer: str) -> Version | None:
        row = connection.execute(
            _SELECT + " ORDER BY number DESC LIMIT 1",
            (self._tenant, key, layer),
        ).fetchone()
        return _version(row) if row else None

    def _next(self, connection: sqlite3.Connection, draft: Draft, now: datetime) -> Version:
        head = self._head(connection, draft.key, draft.layer)
        return next_version(draft, head=head.number if head else 0, parent=head.digest if head else "", now=now)


def _version(row: tuple[str, str, int, str, str, str, str, str, str]) -> Version:
    key, layer, number, digest_, parent, author, message, created_at, content = row
    return Version(
        key=key,
        layer=layer,
        number=number,
        digest=digest_,
        parent=parent,
        author=author,
        message=message,
        created_at=datetime.fromisoformat(created_at),
        content=json.loads(content),
    )

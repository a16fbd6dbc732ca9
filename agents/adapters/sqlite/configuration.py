"""Configuration in SQLite: versions, labels and their change log in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.adapters.sqlite.connection import Database
from agents.adapters.sqlite.holding import Hold
from agents.adapters.sqlite.schema import migrate
from agents.adapters.sqlite.versions import as_microseconds, as_row, as_time, insert, place, read, read_heads, remove
from agents.configuration.cursors import Place, check_reach, position
from agents.configuration.documents import Appended, Change, Changes, LabelMove, Version, to_milliseconds
from agents.configuration.stores import (
    REMEMBERED,
    Head,
    check_items,
    check_restored,
    in_log_order,
    memo,
    moves_of,
    no_version,
    plan,
    recall,
)
from agents.errors import ConflictError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from agents.configuration.documents import Address, Cursor, Draft
    from agents.configuration.stores import Checked, Plan, Step

_NEWEST = 1 << 32
_TOGETHER = 10_000  # addresses of one statement, which has room for 32,766 values


class SqliteConfigStore:
    """The `ConfigStore` and `StoreAdmin` of one tenant. `clock` gives the time of a version, in UTC.

    While it is open no other store is put into its folder.
    """

    def __init__(self, path: Path, *, tenant: str, clock: Callable[[], datetime], make: bool = True) -> None:
        self._hold = Hold(path.parent)
        try:
            self._database = Database(path, migrate, make=make)
        except BaseException:
            self._hold.close()
            raise
        self._tenant = tenant
        self._clock = clock

    def append(self, items: Sequence[Draft | LabelMove], *, idempotency_key: str = "") -> Appended:
        checked = check_items(items, idempotency_key)
        return self._database.commit(lambda connection: self._append(connection, checked))

    def heads(self, addresses: Sequence[Address] | None = None) -> tuple[Version | None, ...]:
        # One statement is of one moment, and each call of SQLite lets another thread go first.
        with self._database.read() as connection:
            if addresses is None:
                return tuple(read_heads(connection, self._tenant).values())
            found: dict[Address, Version] = {}
            for start in range(0, len(addresses), _TOGETHER):
                found |= read_heads(connection, self._tenant, addresses[start : start + _TOGETHER])
        return tuple(map(found.get, addresses))

    def history(self, key: str, layer: str, *, before: int | None, limit: int) -> tuple[Version, ...]:
        with self._database.snapshot() as connection:
            document = self._document(connection, (key, layer))
            if document is None:
                return ()
            below = _NEWEST if before is None else max(before, 0)
            return read(connection, document, (key, layer), below=below, limit=limit)

    def labels(self, key: str, layer: str) -> Mapping[str, int]:
        with self._database.snapshot() as connection:
            return self._labels(connection, self._document(connection, (key, layer)))

    def changes(self, *, after: Cursor, limit: int) -> Changes:
        start = position(after)
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT sequence, mark, key, layer, number, at, label FROM change c JOIN document d"
                " ON d.id = c.document WHERE c.tenant = ? AND sequence >= ? ORDER BY sequence LIMIT ?",
                (self._tenant, start.number, limit + 1),
            ).fetchall()
        check_reach(start, (Place(*row[:2]) for row in rows))
        items = tuple(
            Change(cursor=Place(number, mark).cursor, key=key, layer=layer, number=version, at=as_time(at), label=label)
            for number, mark, key, layer, version, at, label in rows
            if number > start.number
        )[:limit]
        return Changes(items, items[-1].cursor if items else after)

    def tail(self) -> Cursor:
        with self._database.read() as connection:
            return self._end(connection).cursor

    def prune(self, key: str, layer: str, numbers: Collection[int]) -> None:
        """See `StoreAdmin`. What a label names is kept as well."""

        def forget(connection: sqlite3.Connection) -> None:
            document = self._document(connection, (key, layer))
            if document is not None:
                kept = {*self._labels(connection, document).values(), self._head_of(connection, document).number}
                remove(connection, document, set(numbers) - kept)

        self._database.commit(forget)

    def restore(self, versions: Sequence[Version], labels: Mapping[tuple[str, str, str], int]) -> None:
        """See `StoreAdmin`: all or nothing."""
        texts = check_restored(versions, labels)
        with self._database.write() as connection:
            if connection.execute("SELECT 1 FROM change WHERE tenant = ? LIMIT 1", (self._tenant,)).fetchone():
                raise ConflictError("the store is not empty", fix="Restore into a new store.")
            for version, text in sorted(zip(versions, texts, strict=True), key=lambda pair: pair[0].number):
                insert(connection, as_row(version, self._made(connection, (version.key, version.layer))), text)
            end, now = Place(), to_milliseconds(self._clock())
            for one in in_log_order(versions):
                end = self._log(connection, self._made(connection, (one.key, one.layer)), one, one.created_at, end)
            for move in moves_of(labels):
                document = self._made(connection, (move.key, move.layer))
                connection.execute("INSERT INTO label VALUES (?, ?, ?)", (document, move.label, move.number))
                end = self._log(connection, document, move, now, end)

    def close(self) -> None:
        """Releases the file."""
        self._database.close()
        self._hold.close()

    def _append(self, connection: sqlite3.Connection, checked: Checked) -> Appended:
        now = self._clock()
        if checked.idempotency_key and (kept := self._memo(connection, checked.idempotency_key, now)):
            return recall(kept, checked)
        documents = {address: self._document(connection, address) for address in checked.addresses}
        planned = plan(
            checked,
            heads={
                address: self._head_of(connection, document)
                for address, document in documents.items()
                if document is not None
            },
            labels={address: self._labels(connection, documents[address]) for address in checked.labelled},
            now=now,
        )
        for address, number in planned.needed:
            if not self._has(connection, documents[address], number):
                raise no_version(*address, number)
        appended = Appended(planned.versions, self._write(connection, checked, planned, documents).cursor)
        if checked.idempotency_key:
            row = (self._tenant, checked.idempotency_key, memo(checked, appended), as_microseconds(now + REMEMBERED))
            connection.execute("INSERT OR REPLACE INTO request VALUES (?, ?, ?, ?)", row)
        return appended

    def _write(
        self, connection: sqlite3.Connection, checked: Checked, planned: Plan, documents: dict[Address, int | None]
    ) -> Place:
        """Where the log ends afterwards."""
        end = self._end(connection)
        for step, text, at in zip(planned.steps, checked.texts, planned.times, strict=True):
            address = step.key, step.layer
            document = documents[address] = documents[address] or self._made(connection, address)
            if isinstance(step, Version):
                insert(connection, as_row(step, document), text)
            elif step.number:
                connection.execute("INSERT OR REPLACE INTO label VALUES (?, ?, ?)", (document, step.label, step.number))
            else:
                connection.execute("DELETE FROM label WHERE document = ? AND label = ?", (document, step.label))
            end = self._log(connection, document, step, at, end)
        return end

    def _log(self, connection: sqlite3.Connection, document: int, step: Step, at: datetime, end: Place) -> Place:
        """Adds a change to the log that ends there; where it ends then."""
        end = end.after(step, at)
        label = step.label if isinstance(step, LabelMove) else ""
        row = (self._tenant, end.number, document, step.number, as_microseconds(at), label, end.mark)
        connection.execute("INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return end

    def _memo(self, connection: sqlite3.Connection, idempotency_key: str, now: datetime) -> str | None:
        connection.execute("DELETE FROM request WHERE expires_at <= ?", (as_microseconds(now),))
        row = connection.execute(
            "SELECT memo FROM request WHERE tenant = ? AND idempotency_key = ?", (self._tenant, idempotency_key)
        ).fetchone()
        return str(row[0]) if row else None

    def _end(self, connection: sqlite3.Connection) -> Place:
        """Where the log ends."""
        row = connection.execute(
            "SELECT sequence, mark FROM change WHERE tenant = ? ORDER BY sequence DESC LIMIT 1", (self._tenant,)
        ).fetchone()
        return Place(*row) if row else Place()

    def _document(self, connection: sqlite3.Connection, address: Address) -> int | None:
        row = connection.execute(
            "SELECT id FROM document WHERE tenant = ? AND key = ? AND layer = ?", (self._tenant, *address)
        ).fetchone()
        return int(row[0]) if row else None

    def _made(self, connection: sqlite3.Connection, address: Address) -> int:
        """The document of an address, which is there from now on."""
        found = self._document(connection, address)
        if found is not None:
            return found
        row = connection.execute(
            "INSERT INTO document (tenant, key, layer) VALUES (?, ?, ?) RETURNING id", (self._tenant, *address)
        ).fetchone()
        return int(row[0])

    def _head_of(self, connection: sqlite3.Connection, document: int) -> Head:
        row = connection.execute(
            "SELECT id, digest, created_at FROM version WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1",
            (place(document, 0), place(document, _NEWEST - 1)),
        ).fetchone()
        return Head(row[0] & (_NEWEST - 1), "sha256:" + row[1].hex(), as_time(row[2])) if row else Head()

    def _labels(self, connection: sqlite3.Connection, document: int | None) -> dict[str, int]:
        rows = connection.execute("SELECT label, number FROM label WHERE document = ? ORDER BY label", (document,))
        return dict(rows.fetchall())

    def _has(self, connection: sqlite3.Connection, document: int | None, number: int) -> bool:
        if document is None:
            return False
        row = connection.execute("SELECT 1 FROM version WHERE id = ?", (place(document, number),)).fetchone()
        return row is not None

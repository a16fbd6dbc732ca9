"""Versions as rows of a SQLite file: the newest of a layer whole, those before it as what differs from the next.

Each 32nd is whole as well, so that reading any version applies a few deltas at most. What is read is compared with its
digest, so that a damaged row is an error and never a configuration.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from agents.configuration.delta import apply, delta, share
from agents.configuration.documents import Version
from agents.configuration.stores import damaged

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator, Sequence

    from agents.configuration.documents import Address

WHOLE_EVERY: Final = 32
_WORTHWHILE: Final = 4  # a delta is at most that part of the text: a whole one is read at once
_NUMBERS: Final = 32  # bits of an id that are the number
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SHA: Final = "sha256:"


class Form(IntEnum):
    """How a content lies in its row."""

    PLAIN = 0  # the newest of a layer: its text is in `head`, so that rows of versions stay small and lie close
    DEFLATED = 1
    DELTA = 2  # of the next version that is there


@dataclass(frozen=True, kw_only=True)
class Row:
    """What is kept of a version beside its content, in the order of the columns."""

    id: int
    digest: bytes
    parent: bytes
    author: str
    message: str
    created_at: int


def place(document: int, number: int) -> int:
    """The id of a version."""
    return (document << _NUMBERS) | number


def number_of(row_id: int) -> int:
    """The number of a version, of its id."""
    return row_id & ((1 << _NUMBERS) - 1)


def as_row(version: Version, document: int) -> Row:
    """The row of a version."""
    return Row(
        id=place(document, version.number),
        digest=digest_bytes(version.digest),
        parent=digest_bytes(version.parent),
        author=version.author,
        message=version.message,
        created_at=as_microseconds(version.created_at),
    )


def insert(connection: sqlite3.Connection, row: Row, text: str) -> None:
    """Adds the newest version of a layer, and makes the one before it small."""
    document = row.id >> _NUMBERS
    before = connection.execute(
        "SELECT v.id, text FROM head JOIN version v ON v.id = (SELECT max(id) FROM version WHERE id BETWEEN ? AND ?)"
        " WHERE document = ?",
        (_first_of(row.id), row.id, document),
    ).fetchone()
    if before is not None:
        _make_small(connection, before[0], before[1].encode(), text.encode())
    connection.execute("INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?, x'')", (*astuple(row), Form.PLAIN))
    connection.execute("INSERT OR REPLACE INTO head VALUES (?, ?)", (document, text))


def read(
    connection: sqlite3.Connection, document: int, address: Address, *, below: int, limit: int
) -> tuple[Version, ...]:
    """Versions of a layer with a number below `below`, newest first. Raises UnavailableError for a damaged one."""
    top = connection.execute(
        "SELECT max(id) FROM version WHERE id BETWEEN ? AND ?",
        (place(document, 0), place(document, min(below, 1 << _NUMBERS) - 1)),
    ).fetchone()[0]
    if top is None or limit < 1:
        return ()
    found: list[Version] = []
    for row, text in _down(connection, top, place(document, 0)):
        if row.id <= top:
            # Versions that are held together share what did not change.
            found.append(_version(row, text, address, near=found[-1] if found else None))
            if len(found) == limit:
                break
    return tuple(found)


def read_heads(
    connection: sqlite3.Connection, tenant: str, addresses: Sequence[Address] | None = None
) -> dict[Address, Version]:
    """The newest version of each address that has one, or of all, by key and layer."""
    if addresses is None:
        rows = connection.execute(
            f"{_HEAD} FROM document d {_OF_DOCUMENT} ORDER BY d.key, d.layer", (tenant,)
        ).fetchall()
    elif not addresses:
        return {}
    else:
        # A cross join is taken as it is written: each address is looked up, and nobody reads all documents for it.
        wanted = f"WITH wanted (key, layer) AS (VALUES {', '.join(['(?, ?)'] * len(addresses))})"
        joined = "FROM wanted w CROSS JOIN document d ON d.key = w.key AND d.layer = w.layer"
        values = [*(part for address in addresses for part in address), tenant]
        rows = connection.execute(f"{wanted} {_HEAD} {joined} {_OF_DOCUMENT}", values).fetchall()
    found = {}
    for key, layer, text, *columns in rows:
        row = Row(**dict(zip(_COLUMNS, columns, strict=True)))
        found[key, layer] = _version(row, text.encode(), (key, layer), near=None)
    return found


def remove(connection: sqlite3.Connection, document: int, numbers: Collection[int]) -> None:
    """Forgets versions that are not the newest; those that were told as their difference from them are told anew."""
    for number in sorted(numbers):
        gone = place(document, number)
        form = connection.execute("SELECT form FROM version WHERE id = ?", (gone,)).fetchone()
        if form is None:
            continue
        below = connection.execute(
            "SELECT id, form FROM version WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1",
            (_first_of(gone), gone - 1),
        ).fetchone()
        if below is not None and below[1] == Form.DELTA:
            above = connection.execute("SELECT min(id) FROM version WHERE id > ?", (gone,)).fetchone()[0]
            texts = {row.id: text for row, text in _down(connection, above, below[0])}
            # What was whole stays so, in its neighbour: else a chain would grow.
            _make_small(connection, below[0], texts[below[0]], texts[above] if form[0] == Form.DELTA else None)
        connection.execute("DELETE FROM version WHERE id = ?", (gone,))


def as_microseconds(at: datetime) -> int:
    """A time as it lies in a file."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def as_time(microseconds: int) -> datetime:
    """A time that lies in a file."""
    return _EPOCH + timedelta(microseconds=microseconds)


def digest_bytes(text: str) -> bytes:
    """A digest as it lies in a file; empty for none."""
    return bytes.fromhex(text.removeprefix(_SHA))


def _first_of(row_id: int) -> int:
    return (row_id >> _NUMBERS) << _NUMBERS


def _make_small(connection: sqlite3.Connection, row_id: int, text: bytes, following: bytes | None) -> None:
    """Keeps a version as its difference from the one that follows, or whole: when that is less, or its turn."""
    form, kept = Form.DELTA, b""
    if following is not None and number_of(row_id) % WHOLE_EVERY:
        kept = delta(following, text)
    if not kept or len(kept) > len(text) // _WORTHWHILE:
        form, kept = Form.DEFLATED, zlib.compress(text)
    connection.execute("UPDATE version SET form = ?, content = ? WHERE id = ?", (form, kept, row_id))


def _down(connection: sqlite3.Connection, top: int, bottom: int) -> Iterator[tuple[Row, bytes]]:
    """The rows of a layer with their texts, from the first whole one at or above `top` downwards."""
    rows = connection.execute(
        "SELECT * FROM version WHERE id >= ? AND id <= (SELECT id FROM version WHERE id >= ? AND form < 2"
        " ORDER BY id LIMIT 1) ORDER BY id DESC",
        (bottom, top),
    )
    text = b""
    for *columns, form, kept in rows:
        row = Row(**dict(zip(_COLUMNS, columns, strict=True)))
        try:
            text = (
                apply(text, kept) if form == Form.DELTA else zlib.decompress(kept) if form else _head(connection, row)
            )
        except (zlib.error, ValueError, TypeError) as error:
            raise damaged(f"a document (row {row.id})", number_of(row.id)) from error
        yield row, text


def _version(row: Row, text: bytes, address: Address, *, near: Version | None) -> Version:
    key, layer = address
    if hashlib.sha256(text).digest() != row.digest:
        raise damaged(key, number_of(row.id))
    content = json.loads(text)
    digest = _SHA + row.digest.hex()
    return Version(
        key=key,
        layer=layer,
        number=number_of(row.id),
        # The parent of the one that follows, mostly.
        digest=near.parent if near and near.parent == digest else digest,
        parent=_SHA + row.parent.hex() if row.parent else "",
        author=row.author,
        message=row.message,
        created_at=as_time(row.created_at),
        content=share(near.content, content) if near else content,
    )


def _head(connection: sqlite3.Connection, row: Row) -> bytes:
    found = connection.execute("SELECT text FROM head WHERE document = ?", (row.id >> _NUMBERS,)).fetchone()
    return str(found[0]).encode() if found else b""


_HEAD: Final = "SELECT d.key, d.layer, h.text, v.id, v.digest, v.parent, v.author, v.message, v.created_at"
_OF_DOCUMENT: Final = """JOIN head h ON h.document = d.id
    JOIN version v ON v.id = (SELECT max(id) FROM version WHERE id BETWEEN d.id << 32 AND (d.id << 32) + 4294967295)
    WHERE d.tenant = ?"""
_COLUMNS: Final = ("id", "digest", "parent", "author", "message", "created_at")

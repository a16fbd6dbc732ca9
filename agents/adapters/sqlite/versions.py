"""Versions as rows of a SQLite file: the newest of a layer whole, those before it as what differs from the next.

Each 32nd is whole as well, so that reading any version applies a few deltas at most. What is read is compared with its
digest, so that a damaged row is an error and never a configuration.
"""

from __future__ import annotations

import contextlib
import json
import zlib
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from enum import IntFlag
from typing import TYPE_CHECKING, Final, cast

from agents.configuration.delta import apply, delta
from agents.configuration.documents import Version, canonical, digest
from agents.configuration.stores import damaged
from agents.errors import QuartermasterError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator

    from agents.configuration.documents import Address, Content

WHOLE_EVERY: Final = 32
_NUMBERS: Final = 32  # bits of an id that are the number
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SHA: Final = "sha256:"


class Form(IntFlag):
    """How a content lies in its row."""

    WHOLE = 0
    DEFLATED = 1
    DELTA = 2


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
        "SELECT id, content FROM version WHERE id BETWEEN ? AND ? AND form = 0 ORDER BY id DESC LIMIT 1",
        (place(document, 0), row.id),
    ).fetchone()
    if before is not None:
        _make_small(connection, before[0], before[1], json.loads(text))
    connection.execute("INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*astuple(row), Form.WHOLE, text))


def read(
    connection: sqlite3.Connection, document: int, address: Address, *, below: int, limit: int
) -> tuple[Version, ...]:
    """Versions of a layer with a number below `below`, newest first. Raises UnavailableError for a damaged one."""
    top = connection.execute(
        "SELECT max(id) FROM version WHERE id BETWEEN ? AND ?",
        (place(document, 0), place(document, min(below, 1 << _NUMBERS) - 1)),
    ).fetchone()[0]
    found: list[Version] = []
    if top is None or limit < 1:
        return ()
    for row, content in _down_from(connection, top):
        if row.id <= top:
            found.append(_version(row, content, address))
            if len(found) == limit:
                break
    return tuple(found)


def remove(connection: sqlite3.Connection, document: int, numbers: Collection[int]) -> None:
    """Forgets versions that are not the newest; those that were told as their difference from them are told anew."""
    for number in sorted(numbers):
        row_id = place(document, number)
        first = place(document, 0)
        gone = connection.execute("SELECT form FROM version WHERE id = ?", (row_id,)).fetchone()
        if gone is None:
            continue
        below = connection.execute(
            "SELECT id, form FROM version WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1", (first, row_id - 1)
        ).fetchone()
        if below is not None and below[1] & Form.DELTA:
            above = connection.execute("SELECT min(id) FROM version WHERE id > ?", (row_id,)).fetchone()[0]
            contents = {row.id: content for row, content in _down_to(connection, above, below[0])}
            # What was whole stays so, in its neighbour: else a chain would grow.
            _make_small(
                connection,
                below[0],
                canonical(contents[below[0]]).decode(),
                contents[above] if gone[0] & Form.DELTA else None,
            )
        connection.execute("DELETE FROM version WHERE id = ?", (row_id,))


def as_microseconds(at: datetime) -> int:
    """A time as it lies in a file."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def as_time(microseconds: int) -> datetime:
    """A time that lies in a file."""
    return _EPOCH + timedelta(microseconds=microseconds)


def digest_bytes(text: str) -> bytes:
    """A digest as it lies in a file; empty for none."""
    return bytes.fromhex(text.removeprefix(_SHA))


def _make_small(connection: sqlite3.Connection, row_id: int, text: str, following: Content | None) -> None:
    """Keeps a version as its difference from the one that follows, or whole: when that is less, or its turn."""
    form, kept = _deflated(text, Form.WHOLE)
    if following is not None and number_of(row_id) % WHOLE_EVERY:
        edits = delta(following, json.loads(text))
        if edits is not None:
            form, kept = min((form, kept), _deflated(edits, Form.DELTA), key=lambda each: len(each[1]))
    if form == Form.WHOLE:  # which only the newest may be, so that it is found
        form, kept = Form.DEFLATED, zlib.compress(text.encode())
    connection.execute("UPDATE version SET form = ?, content = ? WHERE id = ?", (form, kept, row_id))


def _deflated(text: str, form: Form) -> tuple[Form, bytes]:
    plain = text.encode()
    small = zlib.compress(plain)
    return (form | Form.DEFLATED, small) if len(small) < len(plain) else (form, plain)


def _down_from(connection: sqlite3.Connection, top: int) -> Iterator[tuple[Row, Content]]:
    """The rows of a layer with their contents, from the first whole one at or above `top` downwards."""
    return _down_to(connection, top, (top >> _NUMBERS) << _NUMBERS)


def _down_to(connection: sqlite3.Connection, top: int, bottom: int) -> Iterator[tuple[Row, Content]]:
    rows = connection.execute(
        "SELECT * FROM version WHERE id >= ? AND id <= (SELECT id FROM version WHERE id >= ? AND form < 2"
        " ORDER BY id LIMIT 1) ORDER BY id DESC",
        (bottom, top),
    )
    content: Content | None = None
    for *columns, form, kept in rows:
        row = Row(**dict(zip(_COLUMNS, columns, strict=True)))
        try:
            plain = zlib.decompress(kept).decode() if form & Form.DEFLATED else _text(kept)
            content = apply(cast("Content", content), plain) if form & Form.DELTA else json.loads(plain)
        except (zlib.error, ValueError, LookupError, TypeError, AttributeError) as error:
            raise damaged(f"a document (row {row.id})", number_of(row.id)) from error
        yield row, cast("Content", content)


def _version(row: Row, content: Content, address: Address) -> Version:
    key, layer = address
    read_as = ""
    with contextlib.suppress(QuartermasterError):
        read_as = digest(content)
    if read_as != _SHA + row.digest.hex():
        raise damaged(key, number_of(row.id))
    return Version(
        key=key,
        layer=layer,
        number=number_of(row.id),
        digest=read_as,
        parent=_SHA + row.parent.hex() if row.parent else "",
        author=row.author,
        message=row.message,
        created_at=as_time(row.created_at),
        content=content,
    )


def _text(kept: str | bytes) -> str:
    return kept if isinstance(kept, str) else kept.decode()


_COLUMNS: Final = ("id", "digest", "parent", "author", "message", "created_at")

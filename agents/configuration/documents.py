"""The nouns of dynamic configuration: drafts, versions, changes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - dataclass fields are read at run time by tests and schema
from typing import Final, Self, TypeAlias

from agents.digests import sha256
from agents.errors import InvalidError
from agents.json_value import Json  # noqa: TC001 - an alias is read at run time

Content: TypeAlias = "dict[str, Json]"
Cursor: TypeAlias = str  # opaque, safe to keep; of another log it is a gap
Address: TypeAlias = tuple[str, str]  # key and layer

START: Final[Cursor] = ""  # before the first change
MAX_DOCUMENT_BYTES: Final = 256 * 1024
MAX_DRAFTS: Final = 25  # of one append, label moves included
MAX_LABELS: Final = 64  # of one layer of a document

_KEY = re.compile(r"[a-z0-9-]{1,64}/[a-z0-9-]{1,64}")
_LABEL = re.compile(r"[a-z][a-z0-9-]{0,63}")
_LAYER = re.compile(r"base|env:[a-z0-9-]{1,64}|instance:[a-z0-9-]{1,64}")


class MadeFrom(int):
    """The number of the version that a change was made from, and how its digest begins.

    A number alone names another version where a store was put back: what was read before is then gone.
    """

    digest: str

    def __new__(cls, number: int, digest: str) -> Self:
        made = super().__new__(cls, number)
        made.digest = digest
        return made


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Content that wants to become the next version. `expected` is the head's number it was made from, 0 for none.

    A `MadeFrom` expects the head's digest as well.
    """

    key: str
    layer: str
    content: Content
    author: str
    message: str
    expected: int


@dataclass(frozen=True, kw_only=True)
class LabelMove:
    """A label that wants to name the version `number`; 0 takes it away.

    `expected` is the number that it names now, 0 when it names none.
    """

    key: str
    layer: str
    label: str
    number: int
    expected: int
    author: str


@dataclass(frozen=True, kw_only=True)
class Version:
    """An immutable, numbered state of one layer of a document."""

    key: str
    layer: str
    number: int
    digest: str
    parent: str  # digest of the version before; empty for the first
    author: str
    message: str
    created_at: datetime
    content: Content


@dataclass(frozen=True, kw_only=True)
class Change:
    """One item of the change feed: a new version, or a label that moved when `label` is there."""

    cursor: Cursor
    key: str
    layer: str
    number: int
    at: datetime
    label: str = ""


@dataclass(frozen=True)
class Appended:
    """What an append stored: a version for each draft, in their order, and the cursor of the last change."""

    versions: tuple[Version, ...]
    cursor: Cursor


@dataclass(frozen=True)
class Changes:
    """Changes after a cursor, oldest first, and the cursor to go on from."""

    items: tuple[Change, ...]
    cursor: Cursor


def canonical(content: Content) -> bytes:
    """The one JSON text of a content: sorted keys, no spaces, UTF-8. What JSON cannot say is refused."""
    try:
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode()
    except UnicodeEncodeError as error:
        raise InvalidError("half a surrogate pair is not text", fix="Send the whole character.") from error
    except ValueError as error:
        raise InvalidError("NaN and Infinity are not JSON", fix="Use a finite number or null.") from error
    except RecursionError as error:
        raise InvalidError("the document nests too deep", fix="Flatten it.") from error


def digest(content: Content) -> str:
    """SHA-256 of the canonical JSON: the same content has the same digest in every account."""
    return sha256(canonical(content))


def to_milliseconds(at: datetime) -> datetime:
    """A time as it is shown, so that what is looked for by the time that was shown is found."""
    return at.replace(microsecond=at.microsecond // 1_000 * 1_000)


def check_address(key: str, layer: str) -> None:
    """Raises InvalidError unless key is `kind/name` and layer `base`, `env:NAME` or `instance:ID`."""
    if not _KEY.fullmatch(key):
        raise InvalidError(
            f"{key!r} is not a document key",
            fix="Write kind/name with a-z, 0-9 and '-', like agent/inventory.",
        )
    if not _LAYER.fullmatch(layer):
        raise InvalidError(
            f"{layer!r} is not a layer",
            fix="Write base, env:ENVIRONMENT or instance:ID.",
        )


def check_move(move: LabelMove) -> None:
    """Raises InvalidError for a bad address, or a label that is not a plain word."""
    check_address(move.key, move.layer)
    if not _LABEL.fullmatch(move.label):
        raise InvalidError(f"{move.label[:64]!r} is not a label", fix="Write a-z, 0-9 and '-', like stable.")


def check_draft(draft: Draft) -> bytes:
    """The canonical JSON of a draft; raises InvalidError for a bad address or a document over 256 KiB."""
    check_address(draft.key, draft.layer)
    text = canonical(draft.content)
    if len(text) > MAX_DOCUMENT_BYTES:
        raise InvalidError(
            f"{draft.key} has {len(text):,} bytes; a document has at most {MAX_DOCUMENT_BYTES:,}",
            fix="Split it, or keep data out of configuration.",
        )
    return text

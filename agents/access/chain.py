"""A chain of decisions: each record holds the hash of the one before, so that none can be changed or left out unseen.

Each writer has a chain of its own, from sequence 1 on. A record's text is its canonical JSON, and its `hash` the
SHA-256 of that text without `hash`: whoever has the text alone can check it.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from agents.access.decisions import Decision
from agents.errors import InvalidError
from agents.timestamps import rfc3339

if TYPE_CHECKING:
    from agents.json_value import Json

MAX_TEXT: Final = 256  # characters of the JSON of a field of a record
MAX_ROLES: Final = 16
MAX_ROLE: Final = 64
MAX_DETAIL: Final = 8_192  # characters of the detail's JSON
MAX_DEPTH: Final = 16
MAX_LINE: Final = 65_536  # no record's text is longer
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)
_NOTHING: Final = ""
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_AT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_TEXTS: Final = ("action", "resource", "rule", "subject", "actor", "tenant", "persona", "request_id")
_FIELDS: Final = frozenset(
    {*_TEXTS, "allowed", "roles", "detail", "id", "at", "writer", "sequence", "previous", "hash"}
)


@dataclass(frozen=True)
class Link:
    """The end of a writer's chain: the sequence and hash of its last record, 0 and "" before its first."""

    writer: str
    sequence: int = 0
    hash: str = _NOTHING


@dataclass(frozen=True, kw_only=True)
class Record:
    """A decision as it is kept. `at` says when it was written down, in RFC 3339 with milliseconds, UTC."""

    id: str
    request_id: str
    at: str
    writer: str
    sequence: int
    previous: str
    hash: str
    decision: Decision

    @property
    def link(self) -> Link:
        """The end of the chain when this is its last record."""
        return Link(self.writer, self.sequence, self.hash)

    @cached_property
    def text(self) -> str:
        """The canonical JSON, which is what stores keep and exports hold."""
        return canonical({**_content(self), "hash": self.hash})


def canonical(value: Json) -> str:
    """The one JSON text of a value: sorted keys, no spaces, ASCII."""
    return _ENCODER.encode(value)


def sha256(text: str) -> str:
    """The hash of a text, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def seal(decision: Decision, after: Link, *, record_id: str, request_id: str, at: datetime) -> Record:
    """The next record of a chain. What is longer than a record may hold is cut, and says so."""
    # Hashed with the fields that `parse` will find, so the bounds come first.
    open_record = Record(
        id=record_id,
        request_id=_cut(request_id),
        at=rfc3339(at),
        writer=after.writer,
        sequence=after.sequence + 1,
        previous=after.hash,
        hash=_NOTHING,
        decision=_bounded(decision),
    )
    return replace(open_record, hash=sha256(canonical(_content(open_record))))


def parse(text: str) -> Record:
    """The record of a text. Raises InvalidError unless that is exactly the text of a record whose hash fits."""
    try:
        fields = json.loads(text) if len(text) <= MAX_LINE else None
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or fields.keys() != _FIELDS or not _well_typed(fields):
        raise InvalidError("this is not a record of a decision")
    if not _is_flat(fields["detail"], MAX_DEPTH) or canonical(fields) != text:
        # Spaces, other escapes, a name twice: nobody of ours wrote that.
        raise InvalidError("this is not the text that was written for this record")
    if sha256(canonical({name: value for name, value in fields.items() if name != "hash"})) != fields["hash"]:
        raise InvalidError("the record was changed: its hash does not fit")
    decision = Decision(
        **{name: fields[name] for name in _TEXTS if name != "request_id"},
        allowed=fields["allowed"],
        roles=tuple(fields["roles"]),
        detail=fields["detail"],
    )
    names = ("id", "request_id", "at", "writer", "sequence", "previous", "hash")
    return Record(**{name: fields[name] for name in names}, decision=decision)


def following(record_id: str) -> str:
    """The id right after an id, of the same moment."""
    return str(uuid.UUID(int=uuid.UUID(record_id).int + 1))


def is_time(text: Json) -> bool:
    """Whether a text is what `rfc3339` writes."""
    if not _fits(_AT, text):
        return False
    try:
        datetime.fromisoformat(str(text))
    except ValueError:  # a month that no calendar has
        return False
    return True


def time_of(record_id: str) -> datetime:
    """The time that an id begins with. Raises InvalidError for what is not a UUIDv7."""
    if not _ID.fullmatch(record_id):
        raise InvalidError(f"{record_id[:64]!r} is not the id of a record", fix="Take it from a record that you read.")
    return datetime.fromtimestamp(int(record_id[:8] + record_id[9:13], 16) / 1000, UTC)


def _content(record: Record) -> dict[str, Json]:
    """Everything but the hash."""
    decision = record.decision
    return {
        "id": record.id,
        "request_id": record.request_id,
        "at": record.at,
        "writer": record.writer,
        "sequence": record.sequence,
        "previous": record.previous,
        "action": decision.action,
        "resource": decision.resource,
        "allowed": decision.allowed,
        "rule": decision.rule,
        "subject": decision.subject,
        "actor": decision.actor,
        "tenant": decision.tenant,
        "persona": decision.persona,
        "roles": list(decision.roles),
        "detail": dict(decision.detail),
    }


def _bounded(decision: Decision) -> Decision:
    try:
        # As `parse` will read it: a tuple is a list there.
        text = canonical(dict(decision.detail))
        if "\\ud" in text:  # the escape of half a pair, or of a whole one
            text = canonical(json.loads(_mend(json.dumps(dict(decision.detail), ensure_ascii=False, allow_nan=False))))
        detail: dict[str, Json] = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        text, detail = "", {}  # not JSON, such as NaN
    if not text or len(text) > MAX_DETAIL or not _is_flat(detail, MAX_DEPTH):
        detail = {"too_long": len(text), "hash": sha256(text)}
    return Decision(
        action=_cut(decision.action),
        resource=_cut(decision.resource),
        allowed=decision.allowed,
        rule=_cut(decision.rule),
        subject=_cut(decision.subject),
        actor=_cut(decision.actor),
        tenant=_cut(decision.tenant),
        persona=_cut(decision.persona),
        roles=tuple(_cut(role, MAX_ROLE) for role in decision.roles[:MAX_ROLES]),
        detail=detail,
    )


def _mend(text: str) -> str:
    """The text with '?' for each half of a surrogate pair, which no terminal and no file takes."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _is_flat(value: Json, depth: int) -> bool:
    """Whether a value nests no deeper."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth > 0 and all(_is_flat(each, depth - 1) for each in inner if isinstance(each, dict | list))


def _cut(text: str, longest: int = MAX_TEXT) -> str:
    """The text, or its beginning when its JSON is too long: a character may take twelve there."""
    text = _mend(text)
    if len(text) * 12 <= longest or len(canonical(text)) - 2 <= longest:
        return text
    text = text[: longest - 6]
    while len(canonical(text)) - 2 > longest - 6:
        text = text[: len(text) * 3 // 4]
    return text + "…"


def _well_typed(fields: dict[str, Json]) -> bool:
    roles, sequence, previous = fields["roles"], fields["sequence"], fields["previous"]
    return (
        all(isinstance(fields[name], str) for name in _TEXTS)
        and isinstance(fields["allowed"], bool)
        and isinstance(fields["detail"], dict)
        and isinstance(roles, list)
        and all(isinstance(role, str) for role in roles)
        and type(sequence) is int
        and sequence > 0
        and all(_fits(_ID, fields[name]) for name in ("id", "writer"))
        and is_time(fields["at"])
        and _fits(_HASH, fields["hash"])
        and (previous == _NOTHING if sequence == 1 else _fits(_HASH, previous))
    )


def _fits(pattern: re.Pattern[str], value: Json) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None

"""Anchors: signed heads of the chains, which prove a log that its own keeper could rewrite.

An anchor names, for each writer that moved, its last record and that one's hash. It holds the hash of the anchor
before, is signed, and lies where nothing can be changed; so whatever it covers stays provable.
"""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from agents.access.chain import Link, canonical, is_time, parse, sha256
from agents.access.ports import KEEP_DAYS
from agents.errors import ConflictError, InvalidError, NotFoundError
from agents.timestamps import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agents.access.ports import AnchorStore, AuditLog, Entry, Signer
    from agents.deadline import Deadline
    from agents.json_value import Json

# What was sealed this long ago is durable and to be read, whatever the clocks of the writers' machines.
OVERLAP: Final = timedelta(minutes=5)
# Stores keep a record this much longer than anchors promise: what is gone is older than the last anchor's promise,
# although stores forget by the day and the last anchor may be some weeks old.
GRACE: Final = timedelta(days=35)
HEARTBEAT: Final = timedelta(days=1)  # the longest that a log without new records goes without an anchor
MAX_ANCHOR: Final = 8_000_000  # characters; some 70,000 writers
PAGE: Final = 1_000
READINGS: Final = 20  # of the newest records; each but the last found some that the one before did not
_SHA: Final = re.compile(r"[0-9a-f]{64}")
_SIGNATURE: Final = re.compile(r"[0-9a-f]{128}")
_FIELDS: Final = frozenset({"tenant", "number", "at", "previous", "heads", "kept_from", "key_id", "signature"})


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """What a signature says of the chains: up to which record each is fixed, and from when on none may be missing."""

    tenant: str
    number: int
    at: str
    previous: str  # hash of the text of the anchor before, "" for the first
    heads: Mapping[str, tuple[int, str]]  # writer -> sequence and hash of its last record
    kept_from: str  # records before may be gone
    key_id: str
    signature: str = ""  # r and s, in hexadecimal digits

    @property
    def signed(self) -> bytes:
        """What the signature is of: the canonical JSON of everything else."""
        return canonical(self._content()).encode()

    @cached_property
    def text(self) -> str:
        """The canonical JSON, which is what stores keep and exports hold."""
        return canonical({**self._content(), "signature": self.signature})

    def _content(self) -> dict[str, Json]:
        return {
            "tenant": self.tenant,
            "number": self.number,
            "at": self.at,
            "previous": self.previous,
            "heads": {writer: [sequence, digest] for writer, (sequence, digest) in self.heads.items()},
            "kept_from": self.kept_from,
            "key_id": self.key_id,
        }


def parse_anchor(text: str) -> Anchor:
    """The anchor of a text, whoever signed it. Raises InvalidError unless it is exactly an anchor's text."""
    try:
        fields = json.loads(text) if len(text) <= MAX_ANCHOR else None
        if isinstance(fields, dict) and fields.keys() == _FIELDS and _well_typed(fields):
            heads = {writer: (sequence, digest) for writer, (sequence, digest) in fields["heads"].items()}
            anchor = Anchor(**fields | {"heads": heads})
            if anchor.text == text:
                return anchor
    except (ValueError, TypeError, RecursionError):
        pass  # said below
    raise InvalidError("this is not an anchor of an audit")


def make_anchor(  # noqa: PLR0913 - what an anchor is made of, and what it is made with
    log: AuditLog,
    anchors: AnchorStore,
    signer: Signer,
    *,
    tenant: str,
    now: datetime,
    deadline: Deadline,
    keep_days: int = KEEP_DAYS,
) -> tuple[Anchor | None, tuple[str, ...]]:
    """Anchors what was written since the last anchor, with the writers whose chains are broken left out.

    Returns None for the anchor when there is nothing new to say, or another worker was first; and what is broken, or
    dated ahead of `now`. Anchors that were made while a clock was ahead are gone back behind: what was written since
    the last one of before then is read again.
    """
    latest, since = rfc3339(now + OVERLAP), ""
    number = anchors.last()
    last = _read(anchors, number) if number else None
    known: dict[str, tuple[int, str]] = {}
    for one in _back(anchors, last):
        deadline.check("anchoring the audit")
        known = {**one.heads, **known}
        if one.at <= latest:
            since = floor_id(datetime.fromisoformat(one.at) - OVERLAP)
            break
    ends, broken = _ends(log, since, known, floor_id(now + OVERLAP), deadline)
    heads = {writer: (end.sequence, end.hash) for writer, end in ends.items()}
    before = last if last and last.at <= latest else None  # which the new one must not be older than
    if heads.items() <= known.items() and (
        now - datetime.fromisoformat(before.at) < HEARTBEAT if before else last is None
    ):
        return None, broken
    unsigned = Anchor(
        tenant=tenant,
        number=number + 1,
        # A worker whose clock is a little behind must not make the anchors run backwards; but one whose clock was
        # far ahead must not take the time from all who come after.
        at=max(rfc3339(now), before.at if before else ""),
        previous=sha256(last.text) if last else "",
        heads=heads,
        kept_from=max(rfc3339(now - max(timedelta(days=keep_days) - GRACE, GRACE)), before.kept_from if before else ""),
        key_id=signer.key_id,
    )
    anchor = replace(unsigned, signature=signer.sign(unsigned.signed).hex())
    try:
        anchors.put(anchor.number, anchor.text.encode())
    except ConflictError:
        return None, broken
    return anchor, broken


def floor_id(at: datetime) -> str:
    """The lowest id of a moment."""
    digits = f"{int(at.timestamp() * 1000):012x}"
    return f"{digits[:8]}-{digits[8:]}-7000-8000-000000000000"


def read_all(log: AuditLog, *, now: datetime, after: str = "") -> Iterator[Entry]:
    """Every record after an id, oldest first, as far as they were written when reading began or soon after.

    The newest are read until nothing appears among them any more: then no chain has a gap that only reading made,
    since a writer's records become visible in the order of its chain, and of their ids. Records that a clock which
    was ahead dated later than now come last, as far as they were there when reading began.
    """
    settled, end = floor_id(now - OVERLAP), floor_id(now + OVERLAP)
    ahead = list(_pages(log, max(after, end)))
    cursor = after
    tail: dict[str, Entry] = {}
    for entry in _pages(log, cursor):
        if entry.id <= settled:
            cursor = entry.id
            yield entry
        elif entry.id <= end:
            tail[entry.id] = entry
        else:
            break
    newest = max(tail, default="")
    for _ in range(READINGS if tail else 0):
        again = {entry.id: entry for entry in itertools.takewhile(lambda one: one.id <= newest, _pages(log, cursor))}
        if again.keys() <= tail.keys():
            break
        tail |= again
    yield from (tail[key] for key in sorted(tail))
    yield from ahead


def _back(anchors: AnchorStore, last: Anchor | None) -> Iterator[Anchor]:
    """The anchors from the last one back, as far as they are kept."""
    while last:
        yield last
        try:
            last = _read(anchors, last.number - 1) if last.number > 1 else None
        except NotFoundError:
            return


def _read(anchors: AnchorStore, number: int) -> Anchor:
    return parse_anchor(anchors.read(number).decode("ascii", "replace"))


def _pages(log: AuditLog, after: str) -> Iterator[Entry]:
    while entries := log.read(after=after, limit=PAGE):
        yield from entries
        after = entries[-1].id


def _ends(
    log: AuditLog, since: str, known: Mapping[str, tuple[int, str]], latest: str, deadline: Deadline
) -> tuple[dict[str, Link], tuple[str, ...]]:
    """The last record of each writer that wrote after an id, and what is broken of the others.

    A gap is no break here: a record may appear behind the place of reading, and the hash of the last one covers it.
    What is dated after `latest` is told once, and anchored as any other: it would be without proof until that time.
    """
    chains: dict[str, dict[int, tuple[str, str]]] = {}
    broken: dict[str, str] = {}
    told: dict[str, str] = {}
    for count, entry in enumerate(_pages(log, since)):
        if count % PAGE == 0:
            deadline.check("anchoring the audit")
        try:
            record = parse(entry.text)
        except InvalidError as error:
            broken[entry.id] = f"record {entry.id}: {error.message}"
            continue
        chain = chains.setdefault(record.writer, {})
        if record.sequence in chain:
            broken[record.writer] = f"writer {record.writer}: two records have sequence {record.sequence}"
        chain[record.sequence] = record.previous, record.hash
        if entry.id > latest and record.sequence > known.get(record.writer, (0, ""))[0]:
            ahead = f"record {entry.id} is dated {record.at}, which is ahead of this clock: set the one that is wrong"
            told.setdefault(record.writer, ahead)
    for writer, chain in chains.items():
        if why := _break(chain, *known.get(writer, (0, ""))):
            broken[writer] = f"writer {writer}: {why}"
    ends = {writer: max(chain) for writer, chain in chains.items() if writer not in broken}
    return {writer: Link(writer, end, chains[writer][end][1]) for writer, end in ends.items()}, (
        *broken.values(),
        *told.values(),
    )


def _break(chain: Mapping[int, tuple[str, str]], anchored: int, digest: str) -> str:
    for sequence, (previous, _) in sorted(chain.items()):
        before = chain.get(sequence - 1, (None, digest if sequence - 1 == anchored else None))[1]
        if before is not None and before != previous:
            return f"record {sequence} does not follow the one before"
    if anchored in chain and chain[anchored][1] != digest:
        return f"record {anchored} is not the one that was anchored"
    if anchored > max(chain):
        return f"records after {max(chain)} are gone, which was anchored up to {anchored}"
    return ""


def _well_typed(fields: Mapping[str, Json]) -> bool:
    heads, number = fields["heads"], fields["number"]
    return (
        isinstance(heads, dict)
        and all(_is_head(head) for head in heads.values())
        and type(number) is int
        and number > 0
        and all(isinstance(fields[name], str) for name in ("tenant", "previous", "key_id"))
        and all(is_time(fields[name]) for name in ("at", "kept_from"))
        and _SIGNATURE.fullmatch(str(fields["signature"])) is not None
    )


def _is_head(head: Json) -> bool:
    if not isinstance(head, list) or len(head) != 2:  # noqa: PLR2004 - sequence and hash
        return False
    sequence, digest = head
    return type(sequence) is int and sequence > 0 and isinstance(digest, str) and _SHA.fullmatch(digest) is not None

"""Verifies an audit without trusting who keeps it: from the texts of its records and anchors, and the public key.

What an anchor covers is proven: any record of it that is changed, left out, moved, doubled or added is found, unless
the key was stolen. What came after the last anchor is only consistent with itself: whoever can write the store can
cut that end off, or write it anew, until the next anchor covers it. Anchors that are cut off at the end are not missed
here; so compare the number of the last one with the storage that none can be removed from, or say it as `least_anchor`.
Records from before the last anchor's `kept_from` may be gone, from the beginning of a chain on.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from agents.access.audit_anchor import OVERLAP, parse_anchor
from agents.access.chain import parse, sha256
from agents.errors import InvalidError, Problem
from agents.timestamps import rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    from agents.access.audit_anchor import Anchor

Lines: TypeAlias = Iterable[tuple[str, bytes]]  # where it stands, such as records.jsonl:12, and the text
MAX_FINDINGS: Final = 1_000  # that are told one by one
_PEM_END: Final = b"-----END PUBLIC KEY-----"
_HALF: Final = 32
_NEVER: Final = "9999"  # later than every time


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was found.

    With nothing in `findings`, every record but the `unproven` is as it was written, and none from before
    `proven_until` is missing.
    """

    records: int
    writers: int
    anchors: int
    last_anchor: int
    unproven: int  # records that no anchor covers yet
    proven_until: str  # RFC 3339, "" when there are findings, or a clock was ahead at every anchor
    findings: tuple[Problem, ...]
    more: int = 0  # findings beyond those
    ahead: int = 0  # records that are dated later than now: a clock was wrong


class _Seen(NamedTuple):
    sequence: int
    hash: str
    previous: str
    at: str
    where: str


@dataclass
class _Findings:
    told: list[Problem] = field(default_factory=list)
    more: int = 0

    def add(self, code: str, message: str, where: str = "") -> None:
        if len(self.told) < MAX_FINDINGS:
            self.told.append(Problem(code=code, message=message, where=where))
        else:
            self.more += 1


def verify(
    records: Lines, anchors: Lines, public_keys: bytes, *, least_anchor: int = 0, now: datetime | None = None
) -> Report:
    """What is wrong with an audit, and until when it is proven; see above. Raises InvalidError for the keys alone.

    `public_keys` are PEM, one after the other when the key was replaced. With `now`, anchors and records that a clock
    dated later are known as such: those anchors prove what they cover, and not that nothing else is missing.
    """
    keys = _load_keys(public_keys)
    findings = _Findings()
    good = _anchors(anchors, keys, findings)
    last = good[-1] if good else None
    if last is None or last.number < least_anchor:
        found = f"the last anchor is {last.number}" if last else "there is no anchor"
        wanted = f"; {least_anchor} was expected" if least_anchor else ""
        findings.add("anchor_missing", f"{found}, so nothing later is proven{wanted}")
    chains, count = _chains(records, findings)
    anchored = _anchored(good)
    kept_from = last.kept_from if last else ""
    latest = rfc3339(now + OVERLAP) if now else _NEVER
    in_time = next((anchor.at for anchor in reversed(good) if anchor.at <= latest), "")
    settled = rfc3339(datetime.fromisoformat(in_time) - OVERLAP) if in_time else ""
    since = good[0].at if good and good[0].number > 1 else ""  # earlier anchors are gone, with what they knew
    unproven = 0
    for writer in sorted(chains.keys() | anchored.keys()):
        chain = sorted(chains.get(writer, ()))
        heads = anchored.get(writer, [])
        _follow(writer, chain, kept_from, findings)
        _compare(writer, chain, heads, kept_from, findings)
        covered = max((sequence for sequence, _, _ in heads), default=0)
        for seen in chain:
            if seen.sequence > covered:
                unproven += 1
                if since <= seen.at < settled:
                    message = "is older than the last anchor, which does not know it"
                    findings.add("not_anchored", f"{_name(writer, seen)} {message}", seen.where)
    return Report(
        records=count,
        writers=len(chains),
        anchors=len(good),
        last_anchor=last.number if last else 0,
        unproven=unproven,
        proven_until=settled if not findings.told else "",
        findings=tuple(findings.told),
        more=findings.more,
        ahead=sum(seen.at > latest for chain in chains.values() for seen in chain),
    )


def _anchors(lines: Lines, keys: Sequence[EllipticCurvePublicKey], findings: _Findings) -> list[Anchor]:
    """Those that are signed, in order; what is wrong with them is found."""
    good: list[tuple[Anchor, str]] = []
    for where, line in lines:
        try:
            anchor = parse_anchor(_text(line))
        except InvalidError as error:
            findings.add("anchor_invalid", error.message, where)
            continue
        if not any(_signed(key, anchor) for key in keys):
            findings.add("signature", f"anchor {anchor.number} is not signed by this key", where)
            continue
        if good:
            _next_anchor(good[-1][0], anchor, where, findings)
        good.append((anchor, where))
    if good and (first := good[0][0]).number > 1 and first.at > good[-1][0].kept_from:
        findings.add("anchor_missing", f"anchors 1 to {first.number - 1} are missing", good[0][1])
    return [anchor for anchor, _ in good]


def _next_anchor(before: Anchor, anchor: Anchor, where: str, findings: _Findings) -> None:
    # By number and hash alone: a clock that was ahead is set right, and then the next anchor is the older one.
    if anchor.tenant != before.tenant:
        findings.add("anchor_foreign", f"anchor {anchor.number} is of another tenant", where)
    elif anchor.number > before.number + 1:
        findings.add("anchor_missing", f"anchors {before.number + 1} to {anchor.number - 1} are missing", where)
    elif anchor.number != before.number + 1:
        findings.add("anchor_order", f"anchor {anchor.number} comes after {before.number}", where)
    elif anchor.previous != sha256(before.text):
        findings.add("anchor_changed", f"anchor {anchor.number} does not follow this anchor {before.number}", where)


def _chains(lines: Lines, findings: _Findings) -> tuple[dict[str, list[_Seen]], int]:
    chains: dict[str, list[_Seen]] = {}
    count, last_id = 0, ""
    for where, line in lines:
        count += 1
        try:
            record = parse(_text(line))
        except InvalidError as error:
            findings.add("record_invalid", error.message, where)
            continue
        seen = _Seen(record.sequence, record.hash, record.previous, record.at, where)
        if record.id <= last_id:
            findings.add("order", f"{_name(record.writer, seen)} stands behind a later one, or twice", where)
        last_id = max(last_id, record.id)
        chains.setdefault(record.writer, []).append(seen)
    return chains, count


def _anchored(anchors: Iterable[Anchor]) -> Mapping[str, list[tuple[int, str, str]]]:
    """Sequence and hash that anchors say of each writer, and when."""
    heads: dict[str, list[tuple[int, str, str]]] = {}
    for anchor in anchors:
        for writer, (sequence, digest) in anchor.heads.items():
            said = heads.setdefault(writer, [])
            if not said or said[-1][:2] != (sequence, digest):
                said.append((sequence, digest, anchor.at))
    return heads


def _follow(writer: str, chain: Sequence[_Seen], kept_from: str, findings: _Findings) -> None:
    """Each record follows the one before, from the first, or from what is kept, on."""
    if chain and chain[0].sequence > 1 and chain[0].at >= kept_from:
        findings.add("missing", f"records 1 to {chain[0].sequence - 1} of writer {writer} are missing", chain[0].where)
    for before, seen in itertools.pairwise(chain):
        name = _name(writer, seen)
        if seen.sequence == before.sequence:
            findings.add("forked", f"{name} is there twice", seen.where)
        elif seen.sequence > before.sequence + 1:
            gap = f"records {before.sequence + 1} to {seen.sequence - 1} of writer {writer}"
            findings.add("missing", f"{gap} are missing", seen.where)
        elif seen.previous != before.hash:
            findings.add("changed", f"{name} does not follow this record {before.sequence}", seen.where)
        elif seen.at < before.at:
            findings.add("order", f"{name} is older than the one before", seen.where)


def _compare(
    writer: str, chain: Sequence[_Seen], heads: Sequence[tuple[int, str, str]], kept_from: str, findings: _Findings
) -> None:
    """The chain is the one that was anchored, and no shorter."""
    by_sequence = {seen.sequence: seen for seen in chain}
    for sequence, digest, _ in heads:
        seen = by_sequence.get(sequence)
        if seen is not None and seen.hash != digest:
            findings.add(
                "changed", f"record {sequence} of writer {writer} is not the one that was anchored", seen.where
            )
    if not heads:
        return
    sequence, _, at = max(heads)
    end = chain[-1].sequence if chain else 0
    # Without any record left, all were from before the anchor; what is kept is from later.
    if end < sequence and (chain or at >= kept_from):
        findings.add(
            "cut", f"records {end + 1} to {sequence} of writer {writer} are missing, which was anchored at {at}"
        )


def _name(writer: str, seen: _Seen) -> str:
    return f"record {seen.sequence} of writer {writer}"


def _text(line: bytes) -> str:
    try:
        return line.decode("ascii")
    except UnicodeDecodeError as error:
        raise InvalidError("this is not what was written: it has bytes that are no ASCII") from error


def _load_keys(pem: bytes) -> list[EllipticCurvePublicKey]:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey  # noqa: PLC0415 - 40 ms
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415 - the same

    keys = []
    for part in pem.split(_PEM_END)[:-1]:
        try:
            key = load_pem_public_key(part.lstrip() + _PEM_END + b"\n")
        except ValueError:
            key = None
        if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
            raise InvalidError("this is no public key of ECDSA over P-256", fix="Give its PEM, as it was exported.")
        keys.append(key)
    if not keys:
        raise InvalidError("there is no public key in PEM", fix="Give the file that was exported with the records.")
    return keys


def _signed(key: EllipticCurvePublicKey, anchor: Anchor) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - see above

    raw = bytes.fromhex(anchor.signature)
    signature = encode_dss_signature(int.from_bytes(raw[:_HALF]), int.from_bytes(raw[_HALF:]))
    try:
        key.verify(signature, anchor.signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True

"""Verification: any single change to what an anchor covers is found, and nothing that was not changed is blamed."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.access.audit_anchor import GRACE, OVERLAP, parse_anchor
from agents.access.audit_verify import MAX_FINDINGS, Report, verify
from agents.access.chain import MAX_LINE, Link, Record, canonical, parse, seal, sha256
from agents.access.ports import KEEP_DAYS
from agents.adapters.local_signer import LocalSigner
from agents.errors import InvalidError
from tests.agents.access.audit_world import World, decision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from agents.access.decisions import Decision

COVERED = 36  # records of the export that anchors cover


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Three writers over an hour, three anchors, and three records after the last."""
    world = World(tmp_path_factory.mktemp("audit"))
    audits = [world.audit() for _ in range(3)]
    for _ in range(3):
        for turn in range(12):
            audits[turn % 3].record(decision(f"person{turn}", allowed=turn % 2 == 0))
        world.now += timedelta(minutes=20)
        world.anchor()
    for audit in audits:
        audit.record(decision())
    yield world
    world.close()


@pytest.fixture(scope="module")
def records(world: World) -> list[str]:
    return world.records()


@pytest.fixture(scope="module")
def anchors(world: World) -> list[str]:
    return world.anchor_texts()


@pytest.fixture(scope="module")
def key(world: World) -> bytes:
    return world.signer.public_key()


def check(records: Sequence[str | bytes], anchors: Sequence[str | bytes], key: bytes) -> Report:
    def lines(texts: Sequence[str | bytes]) -> list[tuple[str, bytes]]:
        return [(str(n), text if isinstance(text, bytes) else text.encode()) for n, text in enumerate(texts, 1)]

    return verify(lines(records), lines(anchors), key)


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


def test_what_nobody_changed_is_proven(world: World, records: list[str], anchors: list[str], key: bytes) -> None:
    """Up to a few minutes before the last anchor; what came after it is counted."""
    report = check(records, anchors, key)
    assert report.findings == ()
    assert (report.records, report.writers, report.anchors, report.last_anchor) == (39, 3, 3, 3)
    assert report.unproven == 3
    assert report.proven_until == "2026-06-30T12:55:00.162Z"
    assert parse_anchor(anchors[-1]).at == "2026-06-30T13:00:00.162Z"


def test_every_flipped_bit_of_a_record_is_found(records: list[str]) -> None:
    """Also in a space, a quote or a name of a field, by the text alone."""
    text = records[5].encode()
    for place in range(len(text)):
        for bit in range(8):
            changed = bytearray(text)
            changed[place] ^= 1 << bit
            with pytest.raises(InvalidError):
                parse(changed.decode("latin-1"))


EDITS: dict[str, Callable[[Decision], Decision]] = {
    "subject": lambda was: replace(was, subject="mallory"),
    "allowed": lambda was: replace(was, allowed=not was.allowed),
    "rule": lambda was: replace(was, rule="role operator"),
}


def resealed(record: Record, after: Link, changed: Decision | None = None) -> Record:
    """The record as its writer would have sealed it there."""
    at = datetime.fromisoformat(record.at)
    return seal(changed or record.decision, after, record_id=record.id, request_id=record.request_id, at=at)


def edit_and_rehash(records: list[str], place: int, field: str) -> list[str]:
    """One record changed, with a hash that fits it."""
    old = parse(records[place])
    new = resealed(old, Link(old.writer, old.sequence - 1, old.previous), EDITS[field](old.decision))
    return [*records[:place], new.text, *records[place + 1 :]]


def edit_and_rehash_all(records: list[str], place: int, field: str) -> list[str]:
    """One record changed, and the whole chain after it made to fit: what the keeper of a store can do."""
    changed = edit_and_rehash(records, place, field)
    end = parse(changed[place]).link
    for later in range(place + 1, len(changed)):
        record = parse(changed[later])
        if record.writer == end.writer:
            new = resealed(record, end)
            changed[later], end = new.text, new.link
    return changed


def foreign(records: list[str], place: int) -> list[str]:
    """A record of a writer that never was, with the time of its neighbour."""
    near = parse(records[place])
    other = near.id[:-12] + "ffffffffffff"
    return [*records[: place + 1], resealed(replace(near, id=other), Link(other)).text, *records[place + 1 :]]


def flip(records: list[str], place: int, dice: random.Random) -> list[bytes]:
    texts = [text.encode() for text in records]
    line = bytearray(texts[place])
    line[dice.randrange(len(line))] ^= 1 << dice.randrange(8)
    return [*texts[:place], bytes(line), *texts[place + 1 :]]


CHANGES: dict[str, Callable[[list[str], int, random.Random], list[str] | list[bytes]]] = {
    "flip": flip,
    "drop": lambda lines, place, _: lines[:place] + lines[place + 1 :],
    "double": lambda lines, place, _: [*lines[: place + 1], *lines[place:]],
    "double at the end": lambda lines, place, _: [*lines, lines[place]],
    "swap": lambda lines, place, _: [
        *lines[:place], lines[(place + 1) % len(lines)], lines[place], *lines[place + 2 :]
    ],
    "truncate the file": lambda lines, place, _: lines[:place],
    "truncate the line": lambda lines, place, dice: [*lines[:place], lines[place][: dice.randrange(len(lines[place]))]],
    "cut the beginning": lambda lines, place, _: lines[place + 1 :],
    "edit": lambda lines, place, _: [
        *lines[:place], lines[place].replace('"subject":"', '"subject":"x'), *lines[place + 1 :]
    ],
    "edit and rehash": lambda lines, place, _: edit_and_rehash(lines, place, "subject"),
    "allow and rehash": lambda lines, place, _: edit_and_rehash(lines, place, "allowed"),
    "edit and rehash all": lambda lines, place, _: edit_and_rehash_all(lines, place, "rule"),
    "insert": lambda lines, place, _: foreign(lines, place),
    "format": lambda lines, place, _: [*lines[:place], json.dumps(json.loads(lines[place])), *lines[place + 1 :]],
    "empty line": lambda lines, place, _: [*lines[:place], "", *lines[place:]],
    "forget a writer": lambda lines, place, _: [
        line for line in lines if parse(line).writer != parse(lines[place]).writer
    ],
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
@settings(max_examples=60)
@given(place=st.integers(0, COVERED - 1), seed=st.integers(0, 2**32))
def test_any_single_change_to_what_is_anchored_is_found(
    records: list[str], anchors: list[str], key: bytes, change: str, place: int, seed: int
) -> None:
    """Whatever is changed, wherever, however well it is made to fit."""
    changed = CHANGES[change](records, place, random.Random(seed))
    report = check(changed, anchors, key)
    assert report.findings, f"{change} of record {place} was not found"
    assert report.proven_until == ""


@settings(max_examples=200)
@given(place=st.integers(0, 2), byte=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_any_flipped_bit_of_an_anchor_is_found(
    records: list[str], anchors: list[str], key: bytes, place: int, byte: int, bit: int
) -> None:
    """In any of its fields, and in the signature."""
    texts = [text.encode() for text in anchors]
    line = bytearray(texts[place])
    line[byte % len(line)] ^= 1 << bit
    texts[place] = bytes(line)
    assert check(records, texts, key).findings


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda a: a[1:], "anchor_missing"),
        (lambda a: [a[0], a[2]], "anchor_missing"),
        (lambda a: [a[1], a[0], a[2]], "anchor_order"),
        (lambda a: [*a, a[2]], "anchor_order"),
        (lambda a: [*a, "rubbish"], "anchor_invalid"),
        (lambda a: [], "anchor_missing"),
    ],
)
def test_anchors_that_are_missing_or_moved_are_found(
    records: list[str], anchors: list[str], key: bytes, change: Callable[[list[str]], list[str]], code: str
) -> None:
    """The first, one between, two that changed places, one twice, one that is none, all."""
    assert code in codes(check(records, change(anchors), key))


def test_anchors_of_another_key_prove_nothing(
    world: World, records: list[str], anchors: list[str], key: bytes, tmp_path: Path
) -> None:
    """A wrong key is said for each anchor; who signs a rewritten log anew does so with a wrong key."""
    other = LocalSigner(tmp_path / "other.pem")
    assert "signature" in codes(check(records, anchors, other.public_key()))
    forged = replace(parse_anchor(anchors[2]), key_id=other.key_id)
    forged = replace(forged, signature=other.sign(forged.signed).hex())
    assert {"signature", "anchor_missing"} & codes(check(records, [*anchors[:2], forged.text], key))
    both = key + other.public_key()
    assert check(records, anchors, both).findings == (), "a key that was replaced stays good for what it signed"


def test_an_anchor_that_is_signed_but_does_not_follow_is_found(
    world: World, records: list[str], anchors: list[str], key: bytes
) -> None:
    """Two anchors of one number, or other anchors before: somebody used the key for two histories."""
    third = replace(parse_anchor(anchors[2]), previous=sha256("another"))
    third = replace(third, signature=world.signer.sign(third.signed).hex())
    assert "anchor_changed" in codes(check(records, [*anchors[:2], third.text], key))


def test_what_comes_after_the_last_anchor_is_only_consistent(
    records: list[str], anchors: list[str], key: bytes
) -> None:
    """Its cut is not found, and `unproven` says so; a change that does not fit is found even there."""
    cut = check(records[:-1], anchors, key)
    assert (cut.findings, cut.unproven) == ((), 2)
    assert check(flip(records, len(records) - 1, random.Random(1)), anchors, key).findings


def test_a_finding_says_where(records: list[str], anchors: list[str], key: bytes) -> None:
    """The line, the writer and the number of the record."""
    (finding, *_) = check(edit_and_rehash(records, 20, "subject"), anchors, key).findings
    writer = parse(records[20]).writer
    assert writer in finding.message
    assert finding.where.isdigit()
    gap = check([*records[:20], *records[21:]], anchors, key).findings[0]
    assert (
        gap.message
        == f"records {parse(records[20]).sequence} to {parse(records[20]).sequence} of writer {writer} are missing"
    )


RUBBISH = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b"\xff\xfe",
    b"\x00" * 100,
    b"[" * 60_000,
    b'{"a":' * 10_000,
    b"1" * 10_000,
    b"x" * (MAX_LINE + 1),
    b'{"sequence":1e999}',
    "🦆".encode(),
]


@pytest.mark.parametrize("line", RUBBISH, ids=lambda line: repr(line[:12]))
def test_rubbish_is_a_finding(records: list[str], anchors: list[str], key: bytes, line: bytes) -> None:
    """In either file, never a traceback."""
    assert "record_invalid" in codes(check([*records, line], anchors, key))
    assert "anchor_invalid" in codes(check(records, [*anchors, line], key))


@pytest.mark.parametrize(
    ("field", "value"),
    [("sequence", 0), ("sequence", True), ("sequence", "1"), ("at", "2026-13-01T00:00:00.000Z"), ("detail", []),
     ("roles", [1]), ("id", "x"), ("previous", "0" * 64), ("hash", ""), ("allowed", 1), ("extra", 1), ("at", None)],
)  # fmt: skip
def test_a_record_of_wrong_types_is_refused(records: list[str], field: str, value: object) -> None:
    """Even when its hash fits its text."""
    fields = {**json.loads(records[0]), field: value}
    if field != "hash":
        fields["hash"] = sha256(canonical({name: v for name, v in fields.items() if name != "hash"}))
    with pytest.raises(InvalidError):
        parse(canonical(fields))


@pytest.mark.parametrize(
    "keys", [b"", b"rubbish", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", b"\xff" * 99]
)
def test_a_key_that_is_none_is_refused(records: list[str], anchors: list[str], keys: bytes) -> None:
    """It is the caller's mistake, and says nothing of the audit."""
    with pytest.raises(InvalidError, match="public key"):
        check(records, anchors, keys)


def test_an_export_that_is_all_wrong_is_told_within_bounds(records: list[str], anchors: list[str], key: bytes) -> None:
    """A thousand findings one by one, the others counted."""
    report = check(["rubbish"] * (MAX_FINDINGS + 50), anchors, key)
    assert len(report.findings) == MAX_FINDINGS
    assert report.more >= 50


def test_nothing_at_all_is_not_proven(key: bytes) -> None:
    """An empty export shows that there is no anchor."""
    assert codes(check([], [], key)) == {"anchor_missing"}


def test_what_retention_took_is_not_missed(tmp_path: Path) -> None:
    """Records from before the last anchor's promise may be gone, beginnings of chains and whole ones, no other."""
    world = World(tmp_path)
    old, late = world.audit(), world.audit()
    for _ in range(4):
        old.record(decision())
    world.anchor()
    late.record(decision())
    world.now += timedelta(hours=20)
    late.record(decision())
    world.now += OVERLAP
    world.anchor()
    texts, key = world.records(), world.signer.public_key()
    assert "missing" in codes(check(texts[5:], world.anchor_texts(), key))
    world.now += timedelta(days=KEEP_DAYS) - GRACE + timedelta(hours=1)
    world.anchor()
    anchors = world.anchor_texts()
    assert check(texts, anchors, key).findings == ()
    assert check(texts[5:], anchors, key).findings == ()
    assert check([], anchors, key).findings == ()
    assert check([], anchors[1:], key).findings == (), "their anchors may be gone too"
    assert check([], anchors[2:], key).findings != (), "an anchor of what must be kept may not"
    assert codes(check([texts[0], *texts[2:]], anchors, key)) == {"missing"}, "a hole is no retention"
    assert codes(check(texts[:3], anchors, key)) == {"cut"}, "nor is a cut end"
    world.close()

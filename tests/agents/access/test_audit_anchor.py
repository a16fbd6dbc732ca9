"""Anchoring: what is new is signed within minutes, by whichever worker is first, and what is broken is never signed."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from agents.access.audit_anchor import (
    GRACE,
    HEARTBEAT,
    OVERLAP,
    PAGE,
    Anchor,
    floor_id,
    make_anchor,
    parse_anchor,
    read_all,
)
from agents.access.audit_verify import Report, verify
from agents.access.chain import Link, parse, seal, sha256, time_of
from agents.access.ports import KEEP_DAYS, Entry
from agents.deadline import Deadline
from agents.errors import ConflictError, DeadlineError, InvalidError, QuartermasterError
from agents.timestamps import rfc3339
from tests.agents.access.audit_world import START, World, decision

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from agents.access.chain import Record
    from agents.adapters.local_anchors import LocalAnchors


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def last(world: World) -> Anchor:
    return parse_anchor(world.anchor_texts()[-1])


def tamper(world: World, statement: str, *values: object) -> None:
    """What the owner of the file can do."""
    with sqlite3.connect(world.folder / "audit.db") as database:
        for trigger in ("audit_unchanged", "audit_kept"):
            database.execute(f"DROP TRIGGER IF EXISTS {trigger}")
        database.execute(statement, values)
    database.close()


def test_an_anchor_names_the_ends_of_the_chains(world: World) -> None:
    """Each writer that wrote, with its last record, and from when on all records are promised."""
    audits = [world.audit(), world.audit()]
    for audit in (*audits, audits[0]):
        audit.record(decision())
    world.anchor()
    anchor = last(world)
    ends = {record.writer: (record.sequence, record.hash) for record in map(parse, world.records())}
    assert anchor.heads == ends
    assert sorted(sequence for sequence, _ in anchor.heads.values()) == [1, 2]
    assert (anchor.number, anchor.previous, anchor.tenant) == (1, "", "default")
    assert anchor.kept_from == rfc3339(world.now - timedelta(days=KEEP_DAYS) + GRACE)
    assert anchor.key_id == world.signer.key_id


def test_an_anchor_follows_the_one_before(world: World) -> None:
    """By its hash; and it names those who wrote since, and a little before."""
    first, second = world.audit(), world.audit()
    first.record(decision())
    world.anchor()
    world.now += OVERLAP * 2
    second.record(decision())
    world.anchor()
    assert last(world).previous == sha256(world.anchor_texts()[0])
    world.now += OVERLAP * 2
    second.record(decision())
    world.anchor()
    assert [sequence for sequence, _ in last(world).heads.values()] == [2]


def test_nothing_new_makes_no_anchor_for_a_day(world: World) -> None:
    """Then one says that still nothing came; without any record there is none."""
    world.anchor()
    assert world.anchors.last() == 0
    world.audit().record(decision())
    world.anchor()
    world.anchor()
    world.now += HEARTBEAT - timedelta(seconds=1)
    world.anchor()
    assert world.anchors.last() == 1
    world.now += timedelta(seconds=2)
    world.anchor()
    assert world.anchors.last() == 2
    world.now += HEARTBEAT
    world.anchor()
    assert (world.anchors.last(), last(world).heads) == (3, {})


def test_a_record_that_appears_late_is_anchored(world: World) -> None:
    """Another machine's clock was behind, by less than the overlap."""
    world.audit().record(decision())
    world.now += timedelta(hours=1)
    world.anchor()
    behind = world.now - OVERLAP + timedelta(seconds=1)
    late = seal(decision(), Link(world.new_id()), record_id=floor_id(behind), request_id="", at=behind)
    world.log.append([late])
    world.anchor()
    assert last(world).heads[late.writer] == (1, late.hash)


def test_the_second_of_two_workers_leaves_it_at_that(world: World) -> None:
    """Both read the same; the number is taken, and nothing has failed."""

    class Slow:
        """The anchors, seen a moment before another worker put the next."""

        def __init__(self, anchors: LocalAnchors) -> None:
            self._anchors = anchors

        def put(self, number: int, content: bytes) -> None:
            world.anchor()
            self._anchors.put(number, content)

        def last(self) -> int:
            return self._anchors.last()

        def numbers(self, *, after: int, limit: int) -> tuple[int, ...]:
            return self._anchors.numbers(after=after, limit=limit)

        def read(self, number: int) -> bytes:
            return self._anchors.read(number)

    world.audit().record(decision())
    with pytest.raises(ConflictError):
        Slow(world.anchors).put(1, b"")
    world.audit().record(decision())
    made = make_anchor(
        world.log, Slow(world.anchors), world.signer, tenant="default", now=world.now, deadline=Deadline.after(60)
    )
    assert made == (None, ())
    assert world.anchors.last() == 2


@pytest.mark.parametrize("damage", ["edit", "rubbish", "fork", "rewrite", "cut"])
def test_a_broken_chain_fails_the_job_and_the_others_are_signed(world: World, damage: str) -> None:
    """Nothing that was changed is ever signed, and the change does not stop what proves the rest."""
    broken, whole = world.audit(), world.audit()
    for _ in range(3):
        broken.record(decision())
    writer = parse(world.records()[0]).writer
    world.anchor()
    broken.record(decision())
    whole.record(decision())
    texts = world.records()
    record = parse(texts[2])
    if damage == "edit":
        tamper(world, "UPDATE audit SET record = replace(record, 'wanda', 'frank') WHERE id = ?", parse(texts[3]).id)
    elif damage == "rubbish":
        tamper(world, "UPDATE audit SET record = 'rubbish' WHERE id = ?", parse(texts[3]).id)
    elif damage == "fork":
        world.log.append([forked(world, record, record.previous)])
    elif damage == "rewrite":
        tamper(world, "UPDATE audit SET record = ? WHERE id = ?", rewritten(record).text, record.id)
    else:
        tamper(world, "DELETE FROM audit WHERE id IN (?, ?)", record.id, parse(texts[3]).id)
    with pytest.raises(QuartermasterError, match="the audit was changed"):
        world.anchor()
    heads = last(world).heads
    assert parse(texts[4]).writer in heads
    assert heads.get(writer, (0, ""))[1] in {"", *(parse(text).hash for text in texts[:4])}
    assert last(world).number == 2


def forked(world: World, record: Record, previous: str) -> Record:
    after = Link(record.writer, record.sequence - 1, previous)
    return seal(decision("mallory"), after, record_id=world.new_id(), request_id="", at=world.now)


def rewritten(record: Record) -> Record:
    after = Link(record.writer, record.sequence - 1, record.previous)
    return seal(replace(record.decision, subject="mallory"), after, record_id=record.id, request_id="", at=START)


def test_a_damaged_last_anchor_stops_the_job(world: World) -> None:
    """Nothing is signed on top of it."""
    world.audit().record(decision())
    world.anchors.put(1, b"\xff rubbish")
    with pytest.raises(InvalidError, match="not an anchor"):
        world.anchor()
    assert world.anchors.last() == 1


def test_the_job_keeps_its_deadline(world: World) -> None:
    """A worker that is about to be stopped stops by itself, and signs nothing by halves."""
    world.audit().record(decision())
    with pytest.raises(DeadlineError):
        world.job(Deadline.after(0))
    assert world.anchors.last() == 0


def test_a_worker_whose_clock_is_behind_does_not_turn_time(world: World) -> None:
    """Anchors never run backwards."""
    audit = world.audit()
    audit.record(decision())
    world.anchor()
    before = last(world)
    world.now -= timedelta(minutes=2)
    world.audit().record(decision())
    world.anchor()
    assert (last(world).at, last(world).kept_from) == (before.at, before.kept_from)


def test_reading_all_finds_what_appears_meanwhile(world: World) -> None:
    """A record of another writer may appear behind the place of reading; records of later ids are left for later."""

    class Moving:
        """The log, in which a record appears behind the first page that is read."""

        def __init__(self) -> None:
            self.late: list[Record] = []

        def append(self, records: Sequence[Record]) -> None:
            raise NotImplementedError

        def read(self, *, after: str, limit: int) -> tuple[Entry, ...]:
            page = world.log.read(after=after, limit=limit)
            if self.late and page:
                world.log.append([self.late.pop()])
            return page

    earlier = world.new_id()
    audit = world.audit()
    for _ in range(3):
        audit.record(decision())
    log = Moving()
    log.late = [
        seal(decision(), Link(world.new_id()), record_id=world.new_id(), request_id="", at=world.now),
        seal(decision(), Link(earlier), record_id=earlier, request_id="", at=START),
    ]
    found = [entry.id for entry in read_all(log, now=world.now)]
    assert found == sorted(found)
    assert found[0] == earlier
    assert len(found) == 4


def test_reading_all_takes_many_pages(world: World) -> None:
    """Old and new, each once, in order."""
    audit = world.audit()
    for turn in range(PAGE + 5):
        if turn == PAGE:
            world.now += timedelta(hours=1)
        with audit.request(str(turn)):
            audit.record(decision())
    found = [entry.text for entry in read_all(world.log, now=world.now)]
    assert found == world.records()


def test_the_lowest_id_of_a_moment_is_its_own() -> None:
    """So a reader that goes on after it misses nothing of that moment."""
    assert time_of(floor_id(START)) == START
    assert floor_id(START) < floor_id(START + timedelta(milliseconds=1))


def proven(world: World) -> Report:
    """What `qm audit verify` finds, by the world's clock."""
    anchors = [(str(number), text.encode()) for number, text in enumerate(world.anchor_texts())]
    records = [(entry.id, entry.text.encode()) for entry in read_all(world.log, now=world.now)]
    return verify(records, anchors, world.signer.public_key(), now=world.now)


AHEAD = timedelta(days=366)


def test_an_anchor_of_a_clock_that_was_ahead_does_no_lasting_harm(world: World) -> None:
    """The clock is set right: what was written in the meantime and since is anchored, at its right time, and proven."""
    world.audit().record(decision())
    world.anchor()
    world.now += AHEAD
    world.anchor()
    assert last(world).at == rfc3339(world.now)
    world.now -= AHEAD - timedelta(hours=1)
    world.audit().record(decision())
    assert (proven(world).findings, proven(world).unproven) == ((), 1)
    world.now += OVERLAP * 2
    world.anchor()
    assert last(world).at == rfc3339(world.now)
    assert last(world).kept_from == rfc3339(world.now - timedelta(days=KEEP_DAYS) + GRACE)
    world.now += timedelta(hours=1)
    world.audit().record(decision())
    world.anchor()
    assert (world.anchors.last(), len(last(world).heads)) == (4, 1), "only what is new is read again"
    report = proven(world)
    assert (report.findings, report.records, report.unproven) == ((), 3, 0)
    assert report.proven_until == rfc3339(world.now - OVERLAP)


def test_records_of_a_clock_that_was_ahead_are_told_and_proven_all_the_same(world: World) -> None:
    """The job fails once and names one; they are signed, listed and counted, and later ones are anchored as ever."""
    audit = world.audit()
    audit.record(decision("early"))
    world.now += AHEAD
    audit.record(decision("ahead"))
    world.now -= AHEAD - timedelta(hours=1)
    audit.record(decision("right"))
    with pytest.raises(QuartermasterError, match="is ahead of this clock"):
        world.anchor()
    assert last(world).at == rfc3339(world.now)
    world.now += timedelta(hours=1)
    audit.record(decision("later"))
    world.anchor()
    found = [parse(entry.text).decision.subject for entry in read_all(world.log, now=world.now)]
    assert found == ["early", "right", "later", "ahead"]
    report = proven(world)
    assert (report.findings, report.records, report.unproven, report.ahead) == ((), 4, 0, 1)
    tamper(world, "DELETE FROM audit WHERE id = ?", parse(world.records()[-1]).id)
    assert [finding.code for finding in proven(world).findings] == ["cut"]


def test_with_anchors_of_the_future_alone_everything_is_read(world: World) -> None:
    """Also where those before are not kept any more: nothing is left out for want of a place to begin."""
    world.now += AHEAD
    world.audit().record(decision())
    world.anchor()
    world.now += HEARTBEAT
    world.anchor()
    (world.folder / "anchors" / "000000000001.json").unlink()
    world.now -= AHEAD
    world.audit().record(decision())
    assert proven(world).proven_until == ""
    world.anchor()
    assert len(last(world).heads) == 2

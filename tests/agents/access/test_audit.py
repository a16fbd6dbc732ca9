"""The audit: a decision is durable before its effect leaves, in one chain whatever the threads."""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agents.access.audit import LIFETIME, SLACK, Audit, current_request_id
from agents.access.chain import Record, parse
from agents.access.ports import MAX_RECORDS, AuditLog, Entry
from agents.errors import InvalidError, UnavailableError
from agents.runtime.ids import uuid7
from agents.timestamps import rfc3339
from tests.agents.access.audit_world import World, decision

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from agents.json_value import Json


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


class Gate:
    """The real log behind a gate: it counts appends, waits while the gate is shut, and fails when told to."""

    def __init__(self, log: AuditLog) -> None:
        self.log = log
        self.sizes: list[int] = []
        self.open = threading.Event()
        self.entered = threading.Event()
        self.open.set()
        self.fails: BaseException | None = None

    def append(self, records: Sequence[Record]) -> None:
        self.entered.set()
        self.open.wait(30)
        self.sizes.append(len(records))
        if self.fails:
            raise self.fails
        self.log.append(records)

    def read(self, *, after: str, limit: int) -> tuple[Entry, ...]:
        return self.log.read(after=after, limit=limit)


def records(world: World) -> list[Record]:
    return [parse(text) for text in world.records()]


def refuse(audit: Audit) -> None:
    with audit.request("r1"):
        audit.record(decision(allowed=False))
        raise ZeroDivisionError


def test_a_decision_outside_of_a_request_is_durable_at_once(world: World) -> None:
    """Whoever forgets the request is slow, and never unsafe."""
    world.audit().record(decision())
    (record,) = records(world)
    assert (record.decision.subject, record.decision.tenant, record.request_id) == ("wanda", "default", "")


def test_a_request_is_written_down_when_it_ends(world: World) -> None:
    """Its decisions come together, in one append, with its id."""
    gate = Gate(world.log)
    audit = Audit(gate, tenant="default", now=lambda: world.now, new_id=world.new_id)
    with audit.request("r1"):
        for _ in range(3):
            audit.record(decision())
        assert (current_request_id(), records(world)) == ("r1", [])
    assert current_request_id() == ""
    assert [record.request_id for record in records(world)] == ["r1"] * 3
    assert gate.sizes == [3]


def test_an_error_that_leaves_a_request_does_not_lose_its_decisions(world: World) -> None:
    """A refusal is an error, and the refusals matter most."""
    audit = world.audit()
    with pytest.raises(ZeroDivisionError):
        refuse(audit)
    assert [record.decision.allowed for record in records(world)] == [False]


def test_what_cannot_be_written_down_is_unavailable(world: World) -> None:
    """On every way out of a request, also beside another error, and each waiting caller is told."""
    gate = Gate(world.log)
    gate.fails = UnavailableError("the disk is full")
    audit = Audit(gate, tenant="default", now=lambda: world.now, new_id=world.new_id)
    with pytest.raises(UnavailableError, match="written down"):
        audit.record(decision())
    with pytest.raises(UnavailableError, match="written down"), audit.request("r1"):
        audit.record(decision())
    with pytest.raises(UnavailableError, match="written down"):
        refuse(audit)
    assert current_request_id() == ""
    assert records(world) == []


def test_a_failed_append_ends_the_chain(world: World) -> None:
    """Nobody knows whether it was stored; so a new writer goes on, and both chains are whole either way."""
    gate = Gate(world.log)
    audit = Audit(gate, tenant="default", now=lambda: world.now, new_id=world.new_id)
    audit.record(decision("a"))
    gate.fails = UnavailableError("the answer was lost")
    with pytest.raises(UnavailableError):
        audit.record(decision("b"))
    gate.fails = None
    audit.record(decision("c"))
    one, other = records(world)
    assert one.writer != other.writer
    assert (one.sequence, other.sequence, other.previous) == (1, 1, "")


def test_a_defect_in_the_log_stops_nobody_else(world: World) -> None:
    """What is no error of ours leaves as it is, the chain ends, and the next decision is written."""
    gate = Gate(world.log)
    audit = Audit(gate, tenant="default", now=lambda: world.now, new_id=world.new_id)
    gate.fails = RuntimeError("a defect")
    with pytest.raises(RuntimeError):
        audit.record(decision())
    gate.fails = None
    audit.record(decision())
    assert len(records(world)) == 1


def test_one_append_serves_all_who_wait(world: World) -> None:
    """While one append is under way, others queue, and the next append takes them all, up to its limit."""
    gate = Gate(world.log)
    audit = Audit(gate, tenant="default", now=lambda: world.now, new_id=world.new_id)
    gate.open.clear()
    with ThreadPoolExecutor(150) as pool:
        first = pool.submit(audit.record, decision())
        assert gate.entered.wait(30)
        others = [pool.submit(audit.record, decision()) for _ in range(149)]
        while len(audit._waiting) < 149:
            threading.Event().wait(0.001)
        gate.open.set()
        for future in (first, *others):
            future.result(30)
    assert gate.sizes == [1, MAX_RECORDS, 49]
    assert [record.sequence for record in sorted(records(world), key=lambda r: r.sequence)] == list(range(1, 151))


def test_threads_in_a_copy_of_the_context_belong_to_the_request(world: World) -> None:
    """The executor's threads write down under the request that started them; one that is late writes at once."""
    audit = world.audit()
    scope = audit.open("r1")
    context = contextvars.copy_context()
    late = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(audit.record, decision("in time")))
    thread.start()
    thread.join()
    assert records(world) == []
    scope.close()
    assert len(records(world)) == 1
    thread = threading.Thread(target=late.run, args=(audit.record, decision("late")))
    thread.start()
    thread.join()
    assert [(r.decision.subject, r.request_id) for r in records(world)] == [("in time", "r1"), ("late", "r1")]


def test_after_the_flush_the_answer_may_be_leaving(world: World) -> None:
    """What is decided while an answer streams is durable at once; a scope may be flushed and closed again."""
    audit = world.audit()
    scope = audit.open("r1")
    audit.record(decision("a"))
    scope.flush()
    audit.record(decision("b"))
    assert [record.decision.subject for record in records(world)] == ["a", "b"]
    scope.flush()
    scope.close()
    scope.close()
    assert len(records(world)) == 2


def test_a_scope_with_nothing_to_write_is_done_without_the_log(world: World) -> None:
    """With something to write it is not; once it is, what is decided later is durable at once."""
    audit = world.audit()
    scope = audit.open("r1")
    audit.record(decision("a"))
    assert not scope.done()
    audit.record(decision("b"))
    assert not records(world)
    scope.settle()
    assert scope.done()
    audit.record(decision("c"))
    assert [record.decision.subject for record in records(world)] == ["a", "b", "c"]
    scope.close()


def test_a_scope_can_be_flushed_from_another_thread(world: World) -> None:
    """As a server does, whose loop must not wait for a disk; requests in one loop do not see each other's."""

    async def request(name: str) -> None:
        scope = audit.open(name)
        await asyncio.sleep(0)
        audit.record(decision(name))
        await asyncio.to_thread(scope.flush)
        assert current_request_id() == name
        scope.close()

    async def both() -> None:
        await asyncio.gather(request("a"), request("b"))

    audit = world.audit()
    asyncio.run(both())
    assert sorted((r.decision.subject, r.request_id) for r in records(world)) == [("a", "a"), ("b", "b")]


def test_a_request_of_very_many_decisions_stays_bounded(world: World) -> None:
    """What is more than an append takes is written as it comes; nothing is lost."""
    audit = world.audit()
    with audit.request("r1"):
        for _ in range(MAX_RECORDS + 20):
            audit.record(decision())
        assert len(records(world)) == 20
    assert len(records(world)) == MAX_RECORDS + 20


def test_a_clock_that_is_set_back_does_not_turn_the_chain(world: World) -> None:
    """The times of a chain never fall; a clock that was far ahead leaves its chain for one of the right time."""
    audit = world.audit()
    audit.record(decision())
    world.now -= SLACK / 2
    audit.record(decision())
    one, two = records(world)  # in the order of their ids
    assert one.at <= two.at
    assert (one.sequence, two.sequence, one.writer) == (1, 2, two.writer)
    world.now -= SLACK
    right = rfc3339(world.now)
    audit.record(decision())
    earliest = records(world)[0]
    assert (earliest.sequence, earliest.at) == (1, right)
    assert earliest.writer != one.writer


def test_ids_rise_with_the_chain(world: World) -> None:
    """Also within a millisecond, so that reading in their order never shows a record before those it follows."""
    audit = Audit(world.log, tenant="default", now=lambda: world.now, new_id=lambda: uuid7(1, os.urandom))
    for _ in range(50):
        audit.record(decision())
    assert [record.sequence for record in records(world)] == list(range(1, 51))


def test_a_chain_lasts_a_day(world: World) -> None:
    """So what retention takes from its beginning is as old as what it leaves."""
    audit = world.audit()
    audit.record(decision())
    world.now += LIFETIME
    audit.record(decision())
    assert len({record.writer for record in records(world)}) == 2


def test_a_writer_is_named_when_it_first_writes(world: World) -> None:
    """Processes that are started from one snapshot of a process must not share a chain."""
    made: list[str] = []

    def new_id() -> str:
        made.append(world.new_id())
        return made[-1]

    audit = Audit(world.log, tenant="default", now=lambda: world.now, new_id=new_id)
    assert made == []
    audit.record(decision())
    assert records(world)[0].writer == made[0]


DEEP: list[Json] = []
for _ in range(300):
    DEEP = [DEEP]


@pytest.mark.parametrize("detail", [{"n": float("nan")}, {"x": "y" * 100_000}, {"deep": DEEP}])
def test_a_detail_that_does_not_fit_leaves_its_hash(world: World, detail: dict[str, Json]) -> None:
    """A decision is never lost because of what somebody put beside it."""
    world.audit().record(replace(decision(), detail=detail))
    (record,) = records(world)
    assert set(record.decision.detail) == {"too_long", "hash"}


def test_text_is_kept_in_whatever_script(world: World) -> None:
    """Whole characters as they are, half ones as question marks, in names and details."""
    world.audit().record(replace(decision("Zoë 🦆 \udc00"), detail={"名": ["🦆", "\ud83e"]}))
    (record,) = records(world)
    assert (record.decision.subject, record.decision.detail) == ("Zoë 🦆 ?", {"名": ["🦆", "?"]})


def test_whoever_is_interrupted_while_waiting_is_not_called_to_lead(world: World) -> None:
    """Ctrl-C in one command must not hold up the others."""

    def interrupt(signum: int, frame: object) -> None:
        raise KeyboardInterrupt

    def when_it_waits() -> None:
        while not audit._waiting:
            threading.Event().wait(0.001)
        os.kill(os.getpid(), signal.SIGUSR1)

    gate = Gate(world.log)
    audit = Audit(gate, tenant="default", now=lambda: world.now, new_id=world.new_id)
    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        gate.open.clear()
        with ThreadPoolExecutor(2) as pool:
            leader = pool.submit(audit.record, decision("leader"))
            assert gate.entered.wait(30)
            pool.submit(when_it_waits)
            with pytest.raises(KeyboardInterrupt):
                audit.record(decision("interrupted"))
            gate.open.set()
            leader.result(30)
            audit.record(decision("later"))
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert [record.decision.subject for record in records(world)] == ["leader", "later"]


def test_a_record_that_cannot_be_stored_fails_alone(world: World) -> None:
    """Those who were to share its append are written down, in chains that are whole."""

    class Picky(Gate):
        def append(self, records: Sequence[Record]) -> None:
            super().append([])
            if any(record.decision.subject == "impossible" for record in records):
                raise InvalidError("this cannot be stored")
            self.log.append(records)

    gate = Picky(world.log)
    audit = Audit(gate, tenant="default", now=lambda: world.now, new_id=world.new_id)
    gate.open.clear()
    with ThreadPoolExecutor(12) as pool:
        first = pool.submit(audit.record, decision("first"))
        assert gate.entered.wait(30)
        bad = pool.submit(audit.record, decision("impossible"))
        good = [pool.submit(audit.record, decision(f"good {n}")) for n in range(10)]
        while len(audit._waiting) < 11:
            threading.Event().wait(0.001)
        gate.open.set()
        for future in (first, *good):
            future.result(30)
        with pytest.raises(UnavailableError, match="written down"):
            bad.result(30)
    assert {record.decision.subject for record in records(world)} == {"first", *(f"good {n}" for n in range(10))}
    world.anchor()  # which fails for a broken chain


def test_nobody_waits_for_ever_for_the_records_of_others(world: World) -> None:
    """A log that hangs holds up whoever is in it; the others are told, and leave nothing behind."""
    gate = Gate(world.log)
    audit = Audit(gate, tenant="default", now=lambda: world.now, new_id=world.new_id, wait_s=0.01)
    gate.open.clear()
    with ThreadPoolExecutor(1) as pool:
        stuck = pool.submit(audit.record, decision("stuck"))
        assert gate.entered.wait(30)
        with pytest.raises(UnavailableError, match="written down"):
            audit.record(decision("waiting"))
        gate.open.set()
        stuck.result(30)
    audit.record(decision("later"))
    assert [record.decision.subject for record in records(world)] == ["stuck", "later"]

"""`converged` is said only of what runs: of processes that start, run from the disk, roll back, or end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from agents.adapters.sqlite.instances import SqliteInstanceStore
from agents.configuration.applied import AppliedStates
from agents.configuration.documents import Draft
from agents.errors import UnavailableError
from agents.runtime.acks import SEEN_S, Acks
from agents.runtime.follow import Follower
from agents.runtime.following import following
from agents.runtime.last_good import LastGood

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agents.adapters.sqlite.configuration import SqliteConfigStore
    from agents.configuration.documents import Content, Version
    from agents.configuration.ledger import Applied

    Publish = Callable[..., Version]
    Start = Callable[..., Follower]

START = datetime(2026, 6, 30, 12, tzinfo=UTC)
DRAIN_S = 1800.0
HOT: Content = {"instructions": "Be brief."}
DRAINS: Content = {"context": {"window_messages": 3}}


class Clock:
    """The one clock of store, ledger and processes, which a test moves on."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


class Away:
    """A store that does not answer."""

    def tail(self) -> str:
        raise UnavailableError("the line is cut")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def now(clock: Clock) -> Callable[[], datetime]:
    """Of the store."""

    def moment() -> datetime:
        clock.seconds += 1
        return clock.now()

    return moment


@pytest.fixture
def instances(tmp_path: Path, clock: Clock) -> Iterator[SqliteInstanceStore]:
    instances = SqliteInstanceStore(tmp_path / "instances.db", tenant="default", clock=clock.now)
    yield instances
    instances.close()


@pytest.fixture
def start(store: SqliteConfigStore, instances: SqliteInstanceStore, tmp_path: Path, clock: Clock) -> Start:
    """A process of a name, over the disk of its machine."""

    def start(name: str, *, over: object = store) -> Follower:
        return Follower(
            over,  # type: ignore[arg-type]  # what a follower reads
            agents=("sql",),
            environment="dev",
            instance=name,
            last_good=LastGood(tmp_path / "last-good", key=bytes(32), scope="default/dev"),
            acks=Acks(instances, instance=name, now=clock.now, clock=clock),
            drain_s=DRAIN_S,
            clock=clock,
            now=clock.now,
        )

    return start


@pytest.fixture
def states(store: SqliteConfigStore, instances: SqliteInstanceStore, clock: Clock) -> AppliedStates:
    return AppliedStates(store=store, instances=instances, agents={"sql"}, environment="dev", now=clock.now)


@pytest.fixture
def said(states: AppliedStates) -> Callable[[str], Applied]:
    """What an instance said."""
    return lambda name: next(one for one in states.report().applied if one.instance == name)


def test_a_process_that_starts_while_others_drain_drains_too(
    start: Start, publish: Publish, said: Callable[[str], Applied], states: AppliedStates, clock: Clock
) -> None:
    """A conversation that began on the older version may come to it next, until all of those are too old."""
    old = start("i-1").snapshot()["sql"].digest
    publish("agent/sql", DRAINS)
    publish("agent/sql", {**DRAINS, **HOT})
    clock.seconds += 60
    started = start("i-2")
    started.snapshot()
    assert (said("i-2").standing, said("i-2").running) == ("draining", old)
    clock.seconds += DRAIN_S - 70
    started.snapshot()
    assert not states.report().converged()
    clock.seconds += 20
    started.snapshot()
    assert (said("i-2").standing, said("i-2").running) == ("applied", "")
    start("i-3").snapshot()
    assert said("i-3").standing == "applied"


def test_a_process_that_starts_after_a_hot_change_has_nothing_to_drain(
    start: Start, publish: Publish, said: Callable[[str], Applied], states: AppliedStates
) -> None:
    """Every conversation goes on with the newest at its next turn."""
    publish("agent/sql", HOT)
    start("i-1").snapshot()
    assert (said("i-1").standing, states.report().converged()) == ("applied", True)


def test_what_is_stored_together_was_never_apart(
    start: Start, store: SqliteConfigStore, said: Callable[[str], Applied]
) -> None:
    """Nobody ran the half of an append, so nothing drains of it."""
    contents: dict[str, Content] = {"agent/defaults": DRAINS, "agent/sql": {"context": {"window_messages": 20}}}
    parts = [
        Draft(key=key, layer="env:dev", content=content, author="x", message="", expected=0)
        for key, content in contents.items()
    ]
    store.append(parts)
    start("i-1").snapshot()
    assert said("i-1").standing == "applied"


def test_what_ran_drains_though_the_half_of_an_append_looks_the_same(
    start: Start, store: SqliteConfigStore, said: Callable[[str], Applied]
) -> None:
    """A process that starts drains what others ran, whatever else was stored along with the change."""

    def together(defaults: Content, *, expected: int) -> None:
        contents: dict[str, Content] = {"agent/defaults": defaults, "agent/sql": HOT}
        store.append(
            [
                Draft(key=key, layer="env:dev", content=content, author="x", message="", expected=expected)
                for key, content in contents.items()
            ]
        )

    together({}, expected=0)
    old = start("i-1").snapshot()["sql"].digest
    together(DRAINS, expected=1)
    start("i-2").snapshot()
    assert (said("i-2").standing, said("i-2").running) == ("draining", old)


@pytest.mark.parametrize("process", ["i-1", "i-2"], ids=["the same", "another"])
def test_a_rollback_converges_without_draining(
    start: Start, publish: Publish, said: Callable[[str], Applied], states: AppliedStates, process: str
) -> None:
    """What it takes back is run by nobody at the next turn, so nothing is left to wait for."""
    publish("agent/sql", HOT)
    first = start("i-1")
    first.snapshot()
    publish("agent/sql", DRAINS)
    first.snapshot()
    assert said("i-1").standing == "draining"
    publish("agent/sql", HOT)
    first.snapshot()
    if process != "i-1":
        start(process).snapshot()
    assert (said(process).standing, states.report().converged()) == ("applied", True)


def test_what_runs_from_the_disk_is_said_and_is_never_converged(
    start: Start, publish: Publish, said: Callable[[str], Applied], states: AppliedStates, store: SqliteConfigStore
) -> None:
    """It may be what is published, and nobody knows; once the store is back it is an instance like any other."""
    first = start("i-1")
    ran = first.snapshot()["sql"].digest
    assert states.report().converged()
    cut_off = start("i-2", over=Away())
    assert cut_off.snapshot()["sql"].digest == ran
    assert (said("i-2").standing, said("i-2").running) == ("behind", ran)
    assert "the line is cut" in said("i-2").reason
    assert not states.report().converged()
    publish("agent/sql", HOT)
    assert not states.report().converged(allow_draining=True)
    back = start("i-2")
    back.snapshot()
    first.snapshot()
    assert (said("i-2").standing, states.report().converged()) == ("applied", True)


def test_a_process_that_starts_on_a_version_that_it_refuses_says_what_runs(
    start: Start, store: SqliteConfigStore, said: Callable[[str], Applied], states: AppliedStates
) -> None:
    """So does one that has nothing else to run."""
    ran = start("i-1").snapshot()["sql"].digest
    bad: Content = {"limits": {"turns": -1}}
    store.append([Draft(key="agent/sql", layer="env:dev", content=bad, author="x", message="", expected=0)])
    start("i-2").snapshot()
    assert (said("i-2").standing, said("i-2").running) == ("rejected", ran)
    assert not states.report().converged()


def test_a_process_that_can_run_nothing_says_so(
    start: Start, store: SqliteConfigStore, said: Callable[[str], Applied], states: AppliedStates
) -> None:
    """It fails each turn, and whoever waits for it sees why."""
    bad: Content = {"title": ""}
    store.append([Draft(key="agent/sql", layer="base", content=bad, author="x", message="", expected=1)])
    store.prune("agent/sql", "base", {1})
    with pytest.raises(UnavailableError, match="agent/sql"):
        start("i-1").snapshot()
    assert (said("i-1").standing, said("i-1").running) == ("rejected", "")
    assert not states.report().converged()


def test_a_process_that_ends_is_waited_for_by_nobody(
    start: Start, publish: Publish, states: AppliedStates, clock: Clock
) -> None:
    """It says that it ends; one of the same name takes its place."""
    for name in ("i-1", "i-2"):
        start(name).snapshot()
    ending = start("i-2")
    with following(ending, every_s=60):
        clock.seconds += SEEN_S
    publish("agent/sql", HOT)
    start("i-1").snapshot()
    assert states.report().converged()
    publish("agent/sql", {"title": "Data"})
    start("i-1").snapshot()
    start("i-2").snapshot()
    assert {one.instance for one in states.report().applied if one.standing == "applied"} == {"i-1", "i-2"}

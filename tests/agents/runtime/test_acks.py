"""Each instance says what it runs, once it runs it, and that it lives."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from agents.configuration.documents import Draft
from agents.errors import UnavailableError
from agents.runtime.acks import SEEN_S, Acks
from agents.runtime.follow import Follower
from agents.runtime.following import following

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agents.adapters.sqlite.configuration import SqliteConfigStore
    from agents.configuration.documents import Changes, Content, Version
    from agents.configuration.instances import Ack

    Publish = Callable[..., Version]

START = datetime(2026, 6, 30, 12, tzinfo=UTC)
DRAIN_S = 60.0


class Clock:
    """Seconds since the start, which a test moves on."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


class Ledger:
    """A ledger over a line that a test can cut; `said` has what arrived, each time."""

    def __init__(self) -> None:
        self.said: list[dict[str, Ack]] = []
        self.cut = False
        self.attempts = 0

    def ack(self, acks: Sequence[Ack]) -> None:
        self.attempts += 1
        if self.cut:
            raise UnavailableError("the line is cut")
        self.said.append({ack.key: ack for ack in acks})

    @property
    def sql(self) -> Ack:
        return self.said[-1]["agent/sql"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def follower(store: SqliteConfigStore, ledger: Ledger, clock: Clock) -> Follower:
    acks = Acks(ledger, instance="i-1", now=clock.now, clock=clock)
    return Follower(
        store, agents=("inventory", "sql"), environment="dev", acks=acks, drain_s=DRAIN_S, clock=clock, instance="i-1"
    )


def behind(store: SqliteConfigStore, content: Content, *, expected: int = 0) -> None:
    store.append([Draft(key="agent/sql", layer="env:dev", content=content, author="", message="", expected=expected)])


def test_what_is_in_force_is_said_with_its_versions(
    follower: Follower, ledger: Ledger, store: SqliteConfigStore
) -> None:
    """Of every agent, at the first snapshot."""
    snapshot = follower.snapshot()
    assert set(ledger.said[0]) == {"agent/inventory", "agent/sql"}
    ack = ledger.sql
    assert (ack.instance, ack.status, ack.digest) == ("i-1", "applied", snapshot["sql"].digest)
    assert ack.versions == {"agent/defaults@base": 1, "agent/sql@base": 1}
    assert (ack.at, ack.seen_at, ack.cursor) == (START, START, store.tail())


def test_an_ack_comes_before_the_turn_that_it_is_about_starts(
    follower: Follower, ledger: Ledger, publish: Publish
) -> None:
    """Whoever reads the ack knows that every turn from now on runs this digest."""
    follower.snapshot()
    publish("agent/sql", {"parameters": {"rows": 9}})
    snapshot = follower.snapshot()
    assert ledger.sql.digest == snapshot["sql"].digest == follower.current()["sql"].digest


def test_nothing_new_is_said_every_ten_seconds_only(follower: Follower, ledger: Ledger, clock: Clock) -> None:
    """So that others know that the instance lives; when it was put in force does not move."""
    for _ in range(100):
        follower.snapshot()
    assert len(ledger.said) == 1
    clock.seconds += SEEN_S
    follower.snapshot()
    assert (len(ledger.said), ledger.sql.at, ledger.sql.seen_at) == (2, START, clock.now())


def test_what_is_not_valid_is_refused_with_the_reason(
    follower: Follower, ledger: Ledger, store: SqliteConfigStore
) -> None:
    """And with what runs instead; the next valid one is applied."""
    running = follower.snapshot()["sql"].digest
    behind(store, {"limits": {"turns": -1}})
    follower.snapshot()
    ack = ledger.sql
    assert (ack.status, ack.running) == ("rejected", running)
    assert ack.digest not in {"", running}
    assert "/limits/turns" in ack.reason
    behind(store, {}, expected=1)
    follower.snapshot()
    assert (ledger.sql.status, ledger.sql.digest, ledger.sql.reason) == ("applied", running, "")


def test_layers_that_do_not_merge_are_refused_without_a_digest(
    follower: Follower, ledger: Ledger, store: SqliteConfigStore
) -> None:
    """There is none; the versions say which layers are meant."""
    follower.snapshot()
    behind(store, {"tools": {"$append": 3}})
    follower.snapshot()
    assert (ledger.sql.status, ledger.sql.digest, ledger.sql.versions["agent/sql@env:dev"]) == ("rejected", "", 1)


def test_a_field_that_needs_a_deployment_is_refused(
    follower: Follower, ledger: Ledger, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason says so."""
    monkeypatch.setattr("agents.runtime.follow.change_class", lambda old, new: "redeploy")
    follower.snapshot()
    publish("agent/sql", {"parameters": {"rows": 9}})
    follower.snapshot()
    assert ledger.sql.status == "rejected"
    assert "needs a deployment" in ledger.sql.reason


class Throttled:
    """The store, of which one read to come fails; `reads` counts them."""

    def __init__(self, store: SqliteConfigStore) -> None:
        self._store = store
        self.reads = 0
        self.fails_at = 0

    def tail(self) -> str:
        return self._store.tail()

    def changes(self, *, after: str, limit: int) -> Changes:
        return self._store.changes(after=after, limit=limit)

    def heads(self, addresses: Sequence[tuple[str, str]]) -> tuple[Version | None, ...]:
        self.reads += 1
        if self.reads == self.fails_at:
            raise UnavailableError("too many requests")
        return self._store.heads(addresses)

    def history(self, key: str, layer: str, *, before: int | None, limit: int) -> tuple[Version, ...]:
        return self._store.history(key, layer, before=before, limit=limit)


def test_nothing_is_said_of_what_does_not_run_yet(
    store: SqliteConfigStore, ledger: Ledger, clock: Clock, publish: Publish
) -> None:
    """A change of two agents is taken over whole: when the read for the second fails, the first still runs the old."""
    throttled = Throttled(store)
    follower = Follower(
        throttled,  # type: ignore[arg-type]  # what it reads
        agents=("inventory", "sql"),
        environment="dev",
        acks=Acks(ledger, instance="i-1", now=clock.now, clock=clock),
        clock=clock,
        now=clock.now,
    )
    old = {f"agent/{name}": one.digest for name, one in follower.snapshot().items()}
    publish("agent/defaults", {"context": {"window_messages": 3}})
    throttled.reads, throttled.fails_at = 0, 3  # the layers, what drains of inventory, what drains of sql
    clock.seconds += SEEN_S
    assert {f"agent/{name}": one.digest for name, one in follower.snapshot().items()} == old
    assert throttled.reads == throttled.fails_at
    assert {key: (ack.status, ack.digest) for key, ack in ledger.said[-1].items()} == {
        key: ("applied", digest) for key, digest in old.items()
    }
    clock.seconds += 1
    new = {f"agent/{name}": one.digest for name, one in follower.snapshot().items()}
    assert {key: (ack.status, ack.digest) for key, ack in ledger.said[-1].items()} == {
        key: ("draining", digest) for key, digest in new.items()
    }


def test_what_drains_is_said_until_it_is_drained(
    follower: Follower, ledger: Ledger, publish: Publish, clock: Clock
) -> None:
    """Also when something else is published meanwhile; `at` stays when it was put in force."""
    before = follower.snapshot()["sql"].digest
    clock.seconds = 10
    publish("agent/sql", {"context": {"window_messages": 3}})
    follower.snapshot()
    assert (ledger.sql.status, ledger.sql.running) == ("draining", before)
    clock.seconds = 20
    publish("agent/sql", {"context": {"window_messages": 3}, "title": "Data"})
    follower.snapshot()
    assert (ledger.sql.status, ledger.sql.running) == ("draining", before)
    clock.seconds = 10 + DRAIN_S
    follower.snapshot()
    assert (ledger.sql.status, ledger.sql.running, ledger.sql.at) == ("applied", "", START + timedelta(seconds=20))


def test_a_new_version_of_the_same_content_is_said(follower: Follower, ledger: Ledger, publish: Publish) -> None:
    """The digest is the same, and the ledger shows that the publish arrived."""
    follower.snapshot()
    publish("agent/sql", {})
    follower.snapshot()
    assert ledger.sql.versions["agent/sql@env:dev"] == 1


def test_acks_wait_for_a_ledger_that_is_away(
    follower: Follower, ledger: Ledger, publish: Publish, clock: Clock
) -> None:
    """No turn fails, attempts get rarer, and what is said in the end is the newest, with its time."""
    ledger.cut = True
    for number in range(200):
        publish("agent/sql", {"parameters": {"rows": number}})
        follower.snapshot()
        clock.seconds += 0.5
    assert 3 <= ledger.attempts <= 12
    at = clock.now() - timedelta(seconds=0.5)
    ledger.cut = False
    clock.seconds += 30
    digest = follower.snapshot()["sql"].digest
    assert (ledger.sql.digest, ledger.sql.at, ledger.sql.seen_at) == (digest, at, clock.now())
    assert len(follower._acks._acks) == 2, "what waits stays bounded"


def test_an_idle_instance_follows_and_says_so(store: SqliteConfigStore, ledger: Ledger, publish: Publish) -> None:
    """By a thread of its own; turns then send nothing themselves."""
    acks = Acks(ledger, instance="i-1", now=lambda: datetime.now(UTC), clock=time.monotonic)
    follower = Follower(store, agents=("sql",), environment="dev", acks=acks)
    with following(follower, every_s=0.01):
        assert not follower.tells
        until(lambda: ledger.said)
        version = publish("agent/sql", {"parameters": {"rows": 9}})
        until(lambda: ledger.sql.versions.get("agent/sql@env:dev") == version.number)
        assert follower.current()["sql"].digest == ledger.sql.digest
    assert follower.tells
    assert "follower" not in {thread.name for thread in threading.enumerate()}


def test_who_ends_says_so_once(follower: Follower, ledger: Ledger, clock: Clock) -> None:
    """Of everything; a ledger that is away keeps nobody from ending, and who goes on all the same says that later."""
    with following(follower, every_s=60):
        until(lambda: ledger.said)
    assert {ack.status for ack in ledger.said[-1].values()} == {"gone"}
    follower.snapshot()
    assert ledger.sql.status == "gone"
    clock.seconds += SEEN_S
    follower.snapshot()
    assert ledger.sql.status == "applied"
    ledger.cut = True
    follower.leave()


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, "it did not come"
        threading.Event().wait(0.005)

"""Who speaks for which instance, and how often the store is asked."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from agents.configuration.instances import Ack
from agents.configuration.members import MOST_EACH, Members
from agents.errors import ForbiddenError, LimitedError, UnavailableError
from tests.agents.api.fed import soon

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 7, 1, tzinfo=UTC)
AFTER = NOW + timedelta(seconds=1)
HOUR = timedelta(hours=1)
LATE_S = 60


class Store:
    """An `InstanceStore` that counts its reads, and holds them up while `open` is not set."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], Ack] = {}
        self.reads = 0
        self.away = False
        self.open = threading.Event()
        self.open.set()

    def ack(self, acks: Sequence[Ack]) -> None:
        self.held |= {(one.instance, one.key): one for one in acks}

    def acks(self, *, seen_after: datetime) -> tuple[Ack, ...]:
        self.reads += 1
        found = tuple(one for one in self.held.values() if one.seen_at > seen_after)
        assert self.open.wait(LATE_S)
        if self.away:
            raise UnavailableError("the store is away")
        return found


@pytest.fixture
def store() -> Store:
    return Store()


def members_of(store: Store) -> Members:
    return Members(store, silent=timedelta(seconds=60), bound=HOUR)


def said(name: str, *, gone: bool = False) -> Ack:
    return Ack(instance=name, key="agent/sql", digest="", versions={}, cursor="",
               status="gone" if gone else "applied", at=NOW, seen_at=NOW)  # fmt: skip


def take(members: Members, store: Store, *names: str, who: str = "a", now: datetime = NOW) -> None:
    store.ack(members.admit([said(name) for name in names], subject=who, now=now))


def test_one_read_knows_the_whole_fleet(store: Store) -> None:
    """A server that starts does not read once for each instance."""
    fleet = [f"i-{number}" for number in range(200)]
    take(members_of(store), store, *fleet)
    store.reads = 0
    fresh = members_of(store)
    for name in fleet:
        take(fresh, store, name, now=AFTER)
    assert store.reads == 1


def test_who_is_known_does_not_wait_for_the_store(store: Store) -> None:
    """And those who are new meanwhile share one read, which began after they asked."""
    members = members_of(store)
    take(members, store, "old")
    store.reads = 0
    store.open.clear()
    with ThreadPoolExecutor(21) as pool:
        try:
            first = pool.submit(take, members, store, "new")
            soon(lambda: store.reads == 1, "nobody reads")
            more = [pool.submit(take, members, store, f"new-{number}") for number in range(19)]
            soon(lambda: all(one.running() for one in more), "they do not ask")
            pool.submit(take, members, store, "old").result(LATE_S / 3)
            assert not first.done()
        finally:
            store.open.set()
        for one in (first, *more):
            one.result(LATE_S)
    assert store.reads < 20
    assert {name for name, _ in store.held} == {"old", "new", *(f"new-{number}" for number in range(19))}


def test_a_look_that_failed_is_not_shared(store: Store) -> None:
    """Whoever asks next looks again, and finds what another process admitted."""
    members = members_of(store)
    store.away = True
    with pytest.raises(UnavailableError):
        take(members, store, "i-1")
    store.away = False
    take(members_of(store), store, "i-1", who="b")
    with pytest.raises(ForbiddenError, match="i-1"):
        take(members, store, "i-1")


def test_of_two_in_one_process_the_first_has_the_name(store: Store) -> None:
    """Also when both looked before either was admitted."""
    members = members_of(store)
    store.open.clear()
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(take, members, store, "i-1", who=who) for who in ("a", "b")]
        soon(lambda: store.reads == 1, "nobody reads")
        store.open.set()
        errors = [one.exception(LATE_S) for one in both]
    assert [type(error) for error in errors if error] == [ForbiddenError]


def test_what_another_process_heard_is_counted(store: Store) -> None:
    """The bound is of a subject, wherever it speaks; names of an hour ago are free again."""
    take(members_of(store), store, *(f"i-{number}" for number in range(MOST_EACH)))
    members = members_of(store)
    with pytest.raises(LimitedError, match="1,000 is the most") as refused:
        take(members, store, "more", now=AFTER)
    assert "`gone`" in refused.value.fix
    store.ack(members.admit([said("never-there", gone=True)], subject="a", now=AFTER))
    take(members, store, "more", now=NOW + HOUR)
    assert store.held["more", "instance"].reason == "a"


def test_two_processes_see_each_other_by_the_store(store: Store) -> None:
    """At the same moment neither refuses, and the later word stays: see docs/decisions/018."""
    one, other = members_of(store), members_of(store)
    take(one, store, "i-1")
    with pytest.raises(ForbiddenError):
        take(other, store, "i-1", who="b", now=AFTER)
    early = one.admit([said("i-2")], subject="a", now=NOW)
    late = other.admit([said("i-2")], subject="b", now=AFTER)
    store.ack([*early, *late])
    with pytest.raises(ForbiddenError):
        take(members_of(store), store, "i-2", now=AFTER)

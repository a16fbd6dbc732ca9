"""The ledger over real stores and real followers."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from agents.adapters.sqlite.instances import SqliteInstanceStore
from agents.bootstrap.common import now
from agents.configuration.applied import AppliedStates
from agents.configuration.documents import Draft
from agents.configuration.instances import Ack
from agents.errors import ForbiddenError, NotFoundError
from agents.runtime.acks import Acks
from agents.runtime.follow import Follower
from tests.agents.shipped_store import shipped_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from agents.adapters.sqlite.configuration import SqliteConfigStore
    from agents.configuration.documents import Content

    Put = Callable[..., None]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteConfigStore]:
    store = shipped_store(tmp_path, "inventory", "sql")
    yield store
    store.close()


@pytest.fixture
def instances(tmp_path: Path) -> Iterator[SqliteInstanceStore]:
    instances = SqliteInstanceStore(tmp_path / "configuration.db", tenant="default", clock=now)
    yield instances
    instances.close()


@pytest.fixture
def states(store: SqliteConfigStore, instances: SqliteInstanceStore) -> AppliedStates:
    return AppliedStates(store=store, instances=instances, agents={"inventory", "sql"}, environment="dev", now=now)


@pytest.fixture
def put(store: SqliteConfigStore) -> Put:
    def put(content: Content, *, layer: str = "env:dev", key: str = "agent/sql", expected: int = 0) -> None:
        store.append([Draft(key=key, layer=layer, content=content, author="", message="", expected=expected)])

    return put


@pytest.fixture
def followers(store: SqliteConfigStore, instances: SqliteInstanceStore) -> list[Follower]:
    return [
        Follower(
            store,
            agents=("inventory", "sql"),
            environment="dev",
            instance=name,
            acks=Acks(instances, instance=name, now=now, clock=time.monotonic),
        )
        for name in ("i-1", "i-2", "i-3")
    ]


def test_a_publish_converges_when_the_last_instance_has_it(
    states: AppliedStates, followers: list[Follower], put: Put
) -> None:
    """Not before; and no turn that starts after that runs anything older."""
    assert not states.report().converged()
    for follower in followers:
        follower.snapshot()
    assert states.report().converged()
    put({"title": "Data"})
    for follower in followers:
        assert not states.report().converged()
        follower.snapshot()
    found = states.report(["agent/sql"])
    assert found.converged()
    assert {one.digest for one in found.applied} == {follower.current()["sql"].digest for follower in followers}
    assert 0 <= found.lag_p50_s <= found.lag_p99_s < 5


def test_a_layer_of_one_instance_is_desired_of_that_one_only(
    states: AppliedStates, followers: list[Follower], put: Put
) -> None:
    """As long as it has not applied it, that one is behind."""
    for follower in followers:
        follower.snapshot()
    put({"title": "Mine"}, layer="instance:i-2")
    found = states.report(["agent/sql"])
    assert [(one.instance, one.standing) for one in found.applied] == [
        ("i-1", "applied"),
        ("i-2", "behind"),
        ("i-3", "applied"),
    ]
    followers[1].snapshot()
    assert states.report().converged()


def test_a_version_that_does_not_run_anywhere_never_converges(
    states: AppliedStates, followers: list[Follower], put: Put
) -> None:
    """Each instance says why, and what it runs instead."""
    for follower in followers:
        follower.snapshot()
    put({"limits": {"turns": -1}})
    for follower in followers:
        follower.snapshot()
    found = states.report(["agent/sql"])
    assert {(one.standing, one.running) for one in found.applied} == {
        ("rejected", followers[0].current()["sql"].digest)
    }
    assert all("/limits/turns" in one.reason for one in found.applied)
    put({}, expected=1)
    for follower in followers:
        follower.snapshot()
    assert states.report().converged()


def test_layers_that_do_not_merge_are_reported_as_such(
    states: AppliedStates, followers: list[Follower], put: Put
) -> None:
    """A report is there, and names the instances that refused."""
    followers[0].snapshot()
    put({"tools": {"$append": 3}})
    followers[0].snapshot()
    found = states.report(["agent/sql"])
    assert [(one.standing, one.desired) for one in found.applied] == [("rejected", "")]


def test_a_document_that_no_agent_here_runs_is_an_error(states: AppliedStates) -> None:
    """With those that do."""
    with pytest.raises(NotFoundError, match="agent/pricing") as refused:
        states.report(["agent/pricing"])
    assert "agent/sql" in refused.value.fix


@pytest.fixture
def times() -> list[datetime]:
    """The server's clock, which a test moves on."""
    return [now()]


@pytest.fixture
def server(store: SqliteConfigStore, instances: SqliteInstanceStore, times: list[datetime]) -> AppliedStates:
    return AppliedStates(store=store, instances=instances, agents={"sql"}, environment="dev", now=lambda: times[0])


def runs(server: AppliedStates, instance: str, *, at: datetime, digest: str = "") -> Ack:
    """An instance that runs what is desired, or says another digest; `at` is by its own clock."""
    (desired,) = server.report().desired
    return Ack(instance=instance, key="agent/sql", digest=digest or desired.digest, versions=desired.versions,
               cursor="1", status="applied", at=at, seen_at=at)  # fmt: skip


@pytest.mark.parametrize("hours", [-1, 1])
def test_an_instance_was_seen_when_the_server_heard_of_it(
    server: AppliedStates, times: list[datetime], hours: int
) -> None:
    """By whatever its own clock says: one that is wrong neither leaves it out nor keeps it alive."""
    wrong = times[0] + timedelta(hours=hours)
    server.ack([runs(server, "here", at=wrong, digest="old")])
    server.take([runs(server, "there", at=wrong, digest="old")], subject="agent-1")
    assert [one.standing for one in server.report().applied] == ["behind", "behind"]
    server.ack([runs(server, "here", at=wrong - timedelta(minutes=30))])  # its clock was set back
    assert [one.standing for one in server.report().applied] == ["applied", "behind"]
    times[0] += timedelta(seconds=61)
    assert [one.standing for one in server.report().applied] == ["stale", "stale"]


def test_what_was_published_while_an_instance_was_away_is_no_lag(
    server: AppliedStates, times: list[datetime], put: Put
) -> None:
    """Neither at its first start nor after a restart; what is published while it is there is."""
    lags = []
    for expected in range(2):
        times[0] = now()
        server.ack([runs(server, "i-1", at=times[0])])
        lags.append(server.report().lag_p99_s)
        put({"title": f"{expected}"}, expected=expected)
    times[0] = now() + timedelta(minutes=10)
    server.ack([runs(server, "i-1", at=times[0])])
    assert [lag is None for lag in (*lags, server.report().lag_p99_s)] == [True, False, True]


def test_a_name_is_free_when_its_instance_is_silent_for_long(server: AppliedStates, times: list[datetime]) -> None:
    """Not before, also for a server that was started meanwhile; what runs in the server is not to be spoken for."""
    server.take([runs(server, "i-1", at=times[0])], subject="agent-1")
    server.ack([runs(server, "own", at=times[0])])
    fresh = replace(server)
    times[0] += timedelta(minutes=30)
    for one in (server, fresh):
        with pytest.raises(ForbiddenError, match="i-1"):
            one.take([runs(one, "i-1", at=times[0])], subject="agent-2")
        with pytest.raises(ForbiddenError, match="own"):
            one.take([runs(one, "own", at=times[0])], subject="agent-2")
    times[0] += timedelta(minutes=31)
    fresh.take([runs(fresh, "i-1", at=times[0])], subject="agent-2")
    with pytest.raises(ForbiddenError):
        server.take([runs(server, "i-1", at=times[0])], subject="agent-1")

"""The ledger over real stores and real followers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from agents.adapters.sqlite.instances import SqliteInstanceStore
from agents.bootstrap.common import now
from agents.configuration.applied import AppliedStates
from agents.configuration.documents import Draft
from agents.errors import NotFoundError
from agents.runtime.acks import Acks
from agents.runtime.follow import Follower
from tests.agents.shipped_store import shipped_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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

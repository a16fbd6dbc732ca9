"""A turn runs the newest valid configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.configuration.documents import Draft
from agents.errors import UnavailableError
from agents.runtime.follow import Follower

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.adapters.sqlite.configuration import SqliteConfigStore
    from agents.configuration.documents import Appended, Changes, Content, Version

    Publish = Callable[..., Version]


class Reachable:
    """The store as it is seen over a line that a test can cut; counts what is read."""

    def __init__(self, store: SqliteConfigStore) -> None:
        self._store = store
        self.cut = False
        self.loads = 0

    def tail(self) -> str:
        return self._through().tail()

    def changes(self, *, after: str, limit: int) -> Changes:
        return self._through().changes(after=after, limit=limit)

    def history(self, key: str, layer: str, *, before: int | None, limit: int) -> tuple[Version, ...]:
        return self._through().history(key, layer, before=before, limit=limit)

    def heads(self, addresses: list[tuple[str, str]]) -> tuple[Version | None, ...]:
        self.loads += 1
        return self._through().heads(addresses)

    def _through(self) -> SqliteConfigStore:
        if self.cut:
            raise UnavailableError("the line is cut")
        return self._store


@pytest.fixture
def line(store: SqliteConfigStore) -> Reachable:
    return Reachable(store)


@pytest.fixture
def follower(line: Reachable) -> Follower:
    return Follower(line, agents=("inventory", "sql"), environment="dev")  # type: ignore[arg-type]  # what it reads


def store_behind(store: SqliteConfigStore, content: Content, *, key: str = "agent/sql", expected: int = 0) -> Appended:
    """Appends without the publisher's checks, as another program might."""
    return store.append([Draft(key=key, layer="env:dev", content=content, author="x", message="", expected=expected)])


def test_a_publish_is_seen_by_the_next_snapshot(follower: Follower, publish: Publish) -> None:
    """What was published counts at once, and the snapshot of a turn that has begun does not change."""
    before = follower.snapshot()
    publish("agent/sql", {"parameters": {"rows": 9}})
    after = follower.snapshot()
    assert "rows" in before["sql"].config.parameters
    assert (before["sql"].config.parameters["rows"], after["sql"].config.parameters["rows"]) == (5, 9)
    assert before["sql"].digest != after["sql"].digest
    assert before["inventory"] == after["inventory"]


def test_defaults_reach_every_agent(follower: Follower, publish: Publish) -> None:
    """One change of the defaults changes all agents that say nothing else."""
    publish("agent/sql", {"limits": {"turns": 2}})
    publish("agent/defaults", {"limits": {"turns": 7}})
    snapshot = follower.snapshot()
    assert (snapshot["inventory"].config.limits.turns, snapshot["sql"].config.limits.turns) == (7, 2)


def test_nothing_is_loaded_while_nothing_changes(follower: Follower, line: Reachable, publish: Publish) -> None:
    """A turn without news costs one look at the log's tail."""
    first = follower.snapshot()
    assert all(follower.snapshot() is first for _ in range(5))
    assert line.loads == 1
    publish("agent/sql", {"parameters": {"rows": 9}})
    follower.snapshot()
    assert line.loads == 2


def test_an_invalid_version_keeps_the_last_good_one(
    follower: Follower, store: SqliteConfigStore, publish: Publish, caplog: pytest.LogCaptureFixture
) -> None:
    """A version that got past the publisher harms nobody: it is logged, and the next good one counts."""
    publish("agent/sql", {"parameters": {"rows": 9}})
    good = follower.snapshot()
    store_behind(store, {"limits": {"turns": -1}}, expected=1)
    kept = follower.snapshot()
    assert kept["sql"] == good["sql"]
    assert "agent/sql is refused" in caplog.text
    store_behind(store, {"parameters": {"rows": 3}}, expected=2)
    assert follower.snapshot()["sql"].config.parameters["rows"] == 3


def test_an_invalid_version_of_one_agent_does_not_hold_up_another(
    follower: Follower, store: SqliteConfigStore, publish: Publish
) -> None:
    """While one agent keeps its last good version, the other follows."""
    follower.snapshot()
    store_behind(store, {"tools": "none"})
    publish("agent/inventory", {"parameters": {"rows": 1}})
    snapshot = follower.snapshot()
    assert snapshot["inventory"].config.parameters["rows"] == 1
    assert snapshot["sql"].config.tools == ["query_data"]


def test_an_agent_that_was_never_valid_is_not_there(store: SqliteConfigStore) -> None:
    """A process that starts on an invalid version runs the other agents."""
    store_behind(store, {"title": ""})
    assert set(Follower(store, agents=("inventory", "sql"), environment="dev").snapshot()) == {"inventory"}


def test_a_store_that_is_away_keeps_the_last_good_one(follower: Follower, line: Reachable, publish: Publish) -> None:
    """Turns go on while the store is away, and catch up when it is back."""
    before = follower.snapshot()
    line.cut = True
    publish("agent/sql", {"parameters": {"rows": 9}})
    assert follower.snapshot() is before
    line.cut = False
    assert follower.snapshot()["sql"].config.parameters["rows"] == 9


def test_a_store_that_was_never_there_is_an_error(follower: Follower, line: Reachable) -> None:
    """Without any configuration there is nothing to run."""
    line.cut = True
    with pytest.raises(UnavailableError):
        follower.snapshot()


def test_an_empty_store_is_an_error_that_names_the_agent(store: SqliteConfigStore) -> None:
    """An agent without any document is not configured."""
    with pytest.raises(UnavailableError, match="agent/pricing"):
        Follower(_Empty(), agents=("pricing",), environment="dev").snapshot()  # type: ignore[arg-type]  # what it reads


class _Empty:
    def tail(self) -> str:
        return ""

    def heads(self, addresses: list[tuple[str, str]]) -> tuple[None, ...]:
        return (None,) * len(addresses)

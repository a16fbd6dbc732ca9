"""A turn runs the newest valid configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.configuration.documents import Draft
from agents.errors import UnavailableError
from agents.runtime.follow import Follower
from agents.runtime.last_good import LastGood

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from agents.configuration.documents import Appended, Changes, Content, Version

    Publish = Callable[..., Version]


class Reachable:
    """The store as it is seen over a line that a test can cut; counts what is read."""

    def __init__(self, store: SqliteConfigStore) -> None:
        self.store = store
        self.cut = False
        self.loads = 0
        self.looks = 0
        self.hang: Callable[[], object] = lambda: None

    def tail(self) -> str:
        self.looks += 1
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
            self.hang()
            raise UnavailableError("the line is cut")
        return self.store


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
    draft = Draft(key="agent/pricing", layer="base", content={"title": ""}, author="x", message="", expected=0)
    store.append([draft])
    assert set(Follower(store, agents=("inventory", "pricing"), environment="dev").snapshot()) == {"inventory"}


@pytest.mark.parametrize("newest", [{"title": ""}, {"tools": {"$append": 3}}], ids=["not valid", "no merge"])
def test_a_process_that_starts_on_an_invalid_version_runs_the_last_valid_one(
    follower: Follower, store: SqliteConfigStore, publish: Publish, newest: Content
) -> None:
    """As one that ran all the while does: nobody loses an agent by a restart. What comes next counts for both."""
    publish("agent/sql", {"parameters": {"rows": 9}})
    ran = follower.snapshot()["sql"]
    store_behind(store, newest, expected=1)
    store_behind(store, {"limits": {"turns": -1}}, expected=2)
    started = Follower(store, agents=("inventory", "sql"), environment="dev")
    assert started.snapshot()["sql"] == follower.snapshot()["sql"] == ran
    store_behind(store, {"parameters": {"rows": 3}}, expected=3)
    assert started.snapshot()["sql"].config.parameters["rows"] == 3


def test_what_was_taken_back_is_not_the_last_valid_one(store: SqliteConfigStore, publish: Publish) -> None:
    """Whoever rolled back wanted nobody to run it, in particular not by accident."""
    store_behind(store, {"limits": {"turns": -1}})
    publish("agent/sql", {"parameters": {"rows": 9}})
    store_behind(store, {"limits": {"turns": -1}}, expected=2)
    rows = Follower(store, agents=("sql",), environment="dev").snapshot()["sql"].config.parameters["rows"]
    assert rows == 5, "what was before"


def test_the_half_of_what_was_published_together_is_not_the_last_valid_one(store: SqliteConfigStore) -> None:
    """One is fit only with the other, and nobody ever ran it alone."""

    def together(turns: int | str, rows: int, *, expected: int) -> None:
        contents: dict[str, Content] = {
            "agent/defaults": {"limits": {"turns": turns}},
            "agent/sql": {"parameters": {"rows": rows}},
        }
        store.append(
            [
                Draft(key=key, layer="env:dev", content=content, author="x", message="", expected=expected)
                for key, content in contents.items()
            ]
        )

    together(3, 1, expected=0)
    ran = Follower(store, agents=("sql",), environment="dev").snapshot()["sql"]
    together("none", 2, expected=1)
    started = Follower(store, agents=("sql",), environment="dev").snapshot()["sql"]
    assert (started.config.limits.turns, started.config.parameters["rows"]) == (3, 1)
    assert started == ran


def test_what_no_store_remembers_comes_from_the_disk(store: SqliteConfigStore, tmp_path: Path) -> None:
    """A version may be pruned; what runs is not written over it, since it is not what is published."""
    good = LastGood(tmp_path / "last-good", key=bytes(32), scope="default/dev")

    def started() -> Follower:
        return Follower(store, agents=("inventory", "sql"), environment="dev", last_good=good)

    ran = started().snapshot()["sql"]
    store.append([Draft(key="agent/sql", layer="base", content={"title": ""}, author="x", message="", expected=1)])
    store.prune("agent/sql", "base", {1})
    for _ in range(2):
        assert started().snapshot()["sql"] == ran


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


def test_a_change_of_something_else_is_not_loaded(
    follower: Follower, line: Reachable, store: SqliteConfigStore
) -> None:
    """Documents of others move the log on, and cost a follower a look at what changed."""
    before = follower.snapshot()
    store.append([Draft(key="key/report", layer="base", content={}, author="x", message="", expected=0)])
    assert follower.snapshot() is before
    assert line.loads == 1


def test_layers_that_do_not_merge_are_refused_alone(
    follower: Follower, store: SqliteConfigStore, caplog: pytest.LogCaptureFixture
) -> None:
    """A mark that cannot be followed is one agent's trouble, and no turn's."""
    before = follower.snapshot()
    store_behind(store, {"tools": {"$append": 3}})
    assert follower.snapshot() == before
    assert "agent/sql is refused" in caplog.text


def test_an_instance_may_have_a_layer_of_its_own(store: SqliteConfigStore, publish: Publish) -> None:
    """It lies above all others, and no other instance sees it."""
    publish("agent/sql", {"parameters": {"rows": 7}}, layer="instance:i-1")
    rows = [
        Follower(store, agents=("sql",), environment="dev", instance=instance).snapshot()["sql"].config.parameters
        for instance in ("i-1", "i-2", None)
    ]
    assert [one["rows"] for one in rows] == [7, 5, 5]


def test_a_field_that_needs_a_deployment_is_not_changed_in_a_process_that_runs(
    follower: Follower, publish: Publish, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The former stays, and the log says what to do; a process that starts takes what was deployed."""
    monkeypatch.setattr("agents.runtime.follow.change_class", lambda old, new: "redeploy")
    before = follower.snapshot()
    publish("agent/sql", {"parameters": {"rows": 9}})
    assert follower.snapshot() == before
    assert "needs a deployment" in caplog.text


def test_another_log_in_its_place_is_read_whole(
    follower: Follower, line: Reachable, publish: Publish, tmp_path: Path, now: Callable[[], datetime]
) -> None:
    """A store that was restored from a backup has a shorter log: what is in it counts."""
    publish("agent/sql", {"parameters": {"rows": 9}})
    follower.snapshot()
    restored = SqliteConfigStore(tmp_path / "restored.db", tenant="default", clock=now)
    for name in ("inventory", "sql"):
        content: Content = {"title": name, "instructions": "Help.", "tools": []}
        restored.append([Draft(key=f"agent/{name}", layer="base", content=content, author="", message="", expected=0)])
    line.store = restored
    assert follower.snapshot()["sql"].config.title == "sql"
    loads = line.loads
    follower.snapshot()
    assert line.loads == loads
    restored.close()


def test_a_read_takes_neither_lock_nor_store(follower: Follower, line: Reachable) -> None:
    """What was read last is there while the store is away and while somebody loads."""
    before = follower.snapshot()
    line.cut = True
    with follower._loading:
        assert follower.current() is before


def test_turns_do_not_wait_for_a_store_that_hangs(line: Reachable) -> None:
    """After a slow failure the next look is ten times as long away, half a minute at most."""
    seconds = [0.0]
    follower = Follower(line, agents=("sql",), environment="dev", clock=lambda: seconds[0])  # type: ignore[arg-type]  # what it reads
    before = follower.snapshot()
    line.looks = 0
    line.cut, line.hang = True, lambda: seconds.__setitem__(0, seconds[0] + 5)
    for _ in range(100):
        assert follower.snapshot() is before
    assert line.looks == 1
    seconds[0] += 30
    line.cut = False
    follower.snapshot()
    follower.snapshot()
    assert line.looks == 3, "every turn looks again once it is back"

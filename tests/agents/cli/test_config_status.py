"""`qm config status` and `qm config wait`, over the real ledger."""

from __future__ import annotations

import json
import threading
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.adapters.sqlite.instances import SqliteInstanceStore
from agents.bootstrap.common import now
from agents.cli.config_status import app
from agents.configuration.applied import AppliedStates
from agents.configuration.documents import Draft
from agents.errors import InvalidError, UnavailableError
from agents.runtime.acks import Acks
from agents.runtime.follow import Follower
from tests.agents.shipped_store import shipped_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typer.testing import Result

    from agents.configuration.documents import Content

    Qm = Callable[..., Result]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteConfigStore]:
    store = shipped_store(tmp_path, "sql")
    yield store
    store.close()


@pytest.fixture
def instances(tmp_path: Path) -> Iterator[SqliteInstanceStore]:
    instances = SqliteInstanceStore(tmp_path / "configuration.db", tenant="default", clock=now)
    yield instances
    instances.close()


@pytest.fixture
def qm(store: SqliteConfigStore, instances: SqliteInstanceStore) -> Qm:
    states = AppliedStates(store=store, instances=instances, agents={"sql"}, environment="dev", now=now)

    def run(*arguments: str) -> Result:
        laptop = SimpleNamespace(states=states)  # all that these commands take of one
        return CliRunner().invoke(app, arguments, obj=lambda environment: laptop)

    return run


@pytest.fixture
def follower(store: SqliteConfigStore, instances: SqliteInstanceStore) -> Follower:
    acks = Acks(instances, instance="i-1", now=now, clock=time.monotonic)
    return Follower(store, agents=("sql",), environment="dev", instance="i-1", acks=acks)


def put(store: SqliteConfigStore, content: Content, expected: int = 0) -> None:
    store.append([Draft(key="agent/sql", layer="env:dev", content=content, author="", message="", expected=expected)])


def test_status_shows_each_instance_and_the_lag(qm: Qm, follower: Follower) -> None:
    """And ends with what to do next."""
    assert "qm serve" in qm("status").stdout
    follower.snapshot()
    done = qm("status")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[1].split()[:3] == ["i-1", "agent/sql", "applied"]
    assert "Converged; lag p50" in done.stdout
    found = json.loads(qm("status", "-o", "json").stdout)
    assert (found["converged"], found["instances"][0]["instance"]) == (True, "i-1")


def test_status_says_why_an_instance_refused(qm: Qm, follower: Follower, store: SqliteConfigStore) -> None:
    """In a line of its own, with the command that waits."""
    follower.snapshot()
    put(store, {"limits": {"turns": -1}})
    follower.snapshot()
    text = qm("status").stdout
    assert "i-1 refused agent/sql" in text
    assert "/limits/turns" in text
    assert "qm config wait --converged" in text


def test_wait_ends_as_soon_as_all_have_converged(qm: Qm, follower: Follower, store: SqliteConfigStore) -> None:
    """With 0."""
    follower.snapshot()
    put(store, {"title": "Data"})
    timer = threading.Timer(0.3, follower.snapshot)
    timer.start()
    done = qm("wait", "--converged", "--timeout", "20s", "--key", "agent/sql")
    timer.join()
    assert (done.exit_code, "Converged" in done.stdout) == (0, True)


def test_wait_ends_with_1_when_the_time_is_up(qm: Qm, follower: Follower, store: SqliteConfigStore) -> None:
    """With what it waited for; also when nobody follows at all."""
    assert qm("wait", "--converged", "--timeout", "10ms").exit_code == 1
    follower.snapshot()
    put(store, {"title": "Data"})
    done = qm("wait", "--converged", "--timeout", "10ms")
    assert (done.exit_code, "Not converged after 10ms" in done.stdout) == (1, True)
    assert "  i-1 is behind on agent/sql" in done.stdout.splitlines()
    assert json.loads(qm("wait", "--converged", "--timeout", "1ms", "-o", "json").stdout)["converged"] is False


def test_wait_may_allow_what_drains(qm: Qm, follower: Follower, store: SqliteConfigStore) -> None:
    """Without that it says how."""
    follower.snapshot()
    put(store, {"context": {"window_messages": 3}})
    follower.snapshot()
    done = qm("wait", "--converged", "--timeout", "10ms")
    assert (done.exit_code, "--allow-draining" in done.stdout) == (1, True)
    assert qm("wait", "--converged", "--timeout", "10ms", "--allow-draining").exit_code == 0


def test_wait_without_a_store_is_an_error_of_the_environment(
    qm: Qm, follower: Follower, store: SqliteConfigStore, tmp_path: Path
) -> None:
    """Which the command line turns into 4; it tries until the time is up."""
    follower.snapshot()
    store.close()
    (tmp_path / "configuration.db").write_bytes(b"no database" * 1_000)
    for name in ("configuration.db-wal", "configuration.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    assert isinstance(qm("wait", "--converged", "--timeout", "10ms").exception, UnavailableError)


@pytest.mark.parametrize(
    "arguments", [("wait",), ("wait", "--converged", "--timeout", "soon"), ("status", "--seen", "1")]
)
def test_what_cannot_be_meant_is_refused(qm: Qm, arguments: tuple[str, ...]) -> None:
    """With what to write."""
    assert isinstance(qm(*arguments).exception, InvalidError)

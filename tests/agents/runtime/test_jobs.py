"""Background jobs: none stops another, and whoever started them is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from agents.adapters.emf import EmfMeasures
from agents.configuration.documents import Draft
from agents.deadline import Deadline
from agents.errors import QuartermasterError, UnavailableError
from agents.runtime.jobs import check_configurations, run_jobs
from agents.runtime.registry import load_plugins
from agents.telemetry.measures import UNMEASURED

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.adapters.sqlite.configuration import SqliteConfigStore

    Read = Callable[[str], dict[str, Any]]

SOON = Deadline(1.0, clock=lambda: 0.0)  # a second that does not pass, however long the whole suite takes


def test_a_job_that_fails_does_not_stop_the_next(caplog: pytest.LogCaptureFixture) -> None:
    """All run, and the end names those that failed; their traces are in the log."""
    ran = []

    def broken(_: Deadline) -> None:
        ran.append("broken")
        raise OSError("the disk is gone")

    def away(_: Deadline) -> None:
        ran.append("away")
        raise UnavailableError("the store is away")

    jobs = {"broken": broken, "away": away, "good": lambda _: ran.append("good")}
    with pytest.raises(QuartermasterError, match="jobs failed: broken, away") as caught:
        run_jobs(jobs, deadline=SOON, measures=UNMEASURED)
    assert ran == ["broken", "away", "good"]
    assert "the disk is gone" in caplog.text
    assert "the disk is gone" not in str(caught.value)


def test_a_job_that_gets_no_time_counts_as_failed() -> None:
    """What was not done must not look done."""
    ran: list[str] = []
    late = Deadline(0.0, lambda: 1.0)
    with pytest.raises(QuartermasterError, match="jobs failed: one"):
        run_jobs({"one": lambda _: ran.append("one")}, deadline=late, measures=UNMEASURED)
    assert ran == []


def test_runs_and_failures_are_counted_by_job(read_emf: Read) -> None:
    """Each with its time."""
    lines: list[str] = []
    measures = EmfMeasures("qm/dev", clock=lambda: 0.0, write=lines.append)

    def bad(_: Deadline) -> None:
        raise OSError

    with pytest.raises(QuartermasterError):
        run_jobs({"good": lambda _: None, "bad": bad}, deadline=SOON, measures=measures)
    measures.flush()
    good, failed = map(read_emf, lines)
    assert (good["job"], good["worker_runs"], "worker_failures" in good) == ("good", 1, False)
    assert (failed["job"], failed["worker_runs"], failed["worker_failures"]) == ("bad", 1, 1)
    assert good["worker_latency_ms"] >= 0


def test_a_misfit_is_counted_and_named_in_the_log(
    store: SqliteConfigStore, read_emf: Read, caplog: pytest.LogCaptureFixture
) -> None:
    """With its layers' versions and the reason; mended, the gauge falls to zero. Twice is the same as once."""
    lines: list[str] = []
    measures = EmfMeasures("qm/dev", clock=lambda: 0.0, write=lines.append)
    registry = load_plugins(["agents.supply_chain"])
    job = check_configurations(
        store,
        agents=registry.agents,
        tools=registry.tools,
        checks={},
        environment="dev",
        measures=measures,
        now=lambda: datetime(2026, 6, 30, tzinfo=UTC),
    )

    def look() -> int:
        run_jobs({"check": job}, deadline=SOON, measures=measures)
        measures.flush()
        found: int = read_emf(lines[-1])["configurations_invalid"]
        return found

    def publish(content: dict[str, Any], expected: int) -> None:
        store.append(
            [Draft(key="agent/sql", layer="env:dev", content=content, author="", message="", expected=expected)]
        )

    assert look() == 0
    publish({"limits": {"turns": -1}}, 0)
    assert (look(), look()) == (1, 1)
    assert "agent/sql does not load from" in caplog.text
    assert "agent/sql@env:dev version 1" in caplog.text
    assert "/limits/turns" in caplog.text
    publish({"limits": {"turns": 3}}, 1)
    assert look() == 0

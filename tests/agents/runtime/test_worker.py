"""The worker of a program that serves: its jobs run at the start, again and again, and at the end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from agents.errors import QuartermasterError
from agents.runtime.worker import working

if TYPE_CHECKING:
    from agents.deadline import Deadline


class Jobs:
    """Counts its runs, and fails the first."""

    def __init__(self) -> None:
        self.runs = 0
        self.ran = threading.Condition()

    def __call__(self, deadline: Deadline) -> None:
        deadline.check("the jobs")
        with self.ran:
            self.runs += 1
            self.ran.notify_all()
        if self.runs == 1:
            raise QuartermasterError("jobs failed: first")


def test_jobs_run_at_the_start_and_at_the_end() -> None:
    """Long before the first interval is over, and once more when serving ends."""
    jobs = Jobs()
    with working(jobs, every_s=60), jobs.ran:
        assert jobs.ran.wait_for(lambda: jobs.runs == 1, timeout=10)
    assert jobs.runs == 2


def test_a_failed_run_does_not_end_the_worker() -> None:
    """The next one comes after the interval."""
    jobs = Jobs()
    with working(jobs, every_s=0.01), jobs.ran:
        assert jobs.ran.wait_for(lambda: jobs.runs >= 3, timeout=10)

"""A program's own worker: what runs in the background while it serves, where no schedule does it."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agents.deadline import Deadline
from agents.errors import QuartermasterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = logging.getLogger(__name__)


@contextmanager
def working(jobs: Callable[[Deadline], None], *, every_s: float) -> Iterator[None]:
    """Runs the jobs in a thread while the block lasts: at once, every so often, and at its end.

    A signal may end the process before that end, so what was left undone is done at the next start.
    """
    ended = threading.Event()

    def run() -> None:
        _run(jobs, every_s)
        while not ended.wait(every_s):
            _run(jobs, every_s)
        _run(jobs, every_s)

    thread = threading.Thread(target=run, name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(every_s)


def _run(jobs: Callable[[Deadline], None], every_s: float) -> None:
    try:
        jobs(Deadline.after(every_s))
    except QuartermasterError as error:
        log.error("%s", error)  # noqa: TRY400 - each job's trace is in the log already

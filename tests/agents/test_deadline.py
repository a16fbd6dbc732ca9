"""The one deadline of a turn."""

from __future__ import annotations

import pytest

from agents.deadline import Deadline
from agents.errors import DeadlineError


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_is_left_falls_to_zero_and_stays() -> None:
    """Seconds left never go below none."""
    clock = Clock()
    deadline = Deadline.after(5, clock)
    left = []
    for step in (0, 3, 2, 10):
        clock.now += step
        left.append(deadline.remaining_s())
    assert left == [5, 2, 0, 0]


def test_a_check_names_what_was_about_to_be_done() -> None:
    """While there is time a check tells how much; afterwards it is an error with the step that had none."""
    clock = Clock()
    deadline = Deadline.after(5, clock)
    assert deadline.check("the query") == 5
    clock.now += 5
    with pytest.raises(DeadlineError, match="no time was left for the query"):
        deadline.check("the query")

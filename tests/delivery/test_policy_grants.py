"""What the pack knows of the code is what the code does."""

from __future__ import annotations

import json

from agents.contract import FUNCTIONS
from delivery import policy_grants
from delivery.call_actions import exemptions

WRITTEN = json.loads(policy_grants.FILE.read_text())


def test_the_list_of_calls_is_up_to_date() -> None:
    """grants.json is what `python -m delivery.policy_grants` writes."""
    assert policy_grants.FILE.read_text() == policy_grants.content()


def test_every_function_and_every_exception_is_listed() -> None:
    """By handler what it calls, by name what is excused."""
    assert set(WRITTEN["needs"]) == {function.handler for function in FUNCTIONS}
    excused = {
        (function, kind, action)
        for function, kinds in WRITTEN["excused"].items()
        for kind, reasons in kinds.items()
        for action in reasons
    }
    assert excused == set(exemptions())


def test_a_line_that_moves_makes_nothing_stale() -> None:
    """Files are named, lines are not."""
    assert ".py:" not in policy_grants.FILE.read_text()
    assert "agents/adapters/" in policy_grants.FILE.read_text()

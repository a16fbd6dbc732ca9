"""Comparing a deployed answer with a laptop's, and what people sign in with."""

from __future__ import annotations

import random
import string
from typing import Any

import pytest

from agents.supply_chain.sample_people import PEOPLE
from delivery.people import password
from delivery.verify import compare

WANDA = PEOPLE[0]


def answer(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any field of an answer
    tool = {
        "name": "query_data",
        "status": "ok",
        "elapsed_ms": 5.0,
        "result": {"value": [["WH01", 7]], "method": "SQL"},
    }
    return {
        "answer": "7 units\nMethod: SQL (athena).",
        "agent": "sql",
        "persona": WANDA.persona,
        "partial": False,
        "tools": [tool],
        "conversation_id": "c1",
    } | changed


def test_times_ids_and_the_engines_name_may_differ() -> None:
    """Everything else is the same answer."""
    check = compare(WANDA, answer(), answer(conversation_id="c2", answer="7 units\nMethod: SQL (duckdb)."), 5.0)
    assert check.same
    assert check.detail == "7 units"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"answer": "8 units"}, "answer"),
        ({"agent": "inventory"}, "agent"),
        ({"partial": True}, "partial"),
        ({"tools": []}, "tools"),
        ({"tools": [{"name": "query_data", "status": "ok", "result": {"value": [["WH01", 8]]}}]}, "tools"),
        ({"tools": [{"name": "query_data", "status": "timeout"}]}, "tools"),
    ],
)
def test_a_difference_is_named(changed: dict[str, Any], named: str) -> None:
    """Text, agent, figures and each tool's outcome count."""
    check = compare(WANDA, answer(**changed), answer(), 5.0)
    assert not check.same
    assert check.detail.startswith(f"{named}: ")


def test_a_problem_is_no_answer() -> None:
    """An API that refuses is a difference, shown as it was said."""
    check = compare(WANDA, {"code": "unavailable", "message": "the gateway is busy"}, answer(), 5.0)
    assert not check.same


def test_two_partial_answers_prove_nothing() -> None:
    """A laptop that could not answer is nothing to compare with."""
    assert not compare(WANDA, answer(partial=True), answer(partial=True), 5.0).same


def test_a_password_has_every_kind_of_character() -> None:
    """Whatever the pool's policy asks for."""
    made = password(random.Random(7).choice)
    assert len(made) == 28
    for kind in (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-_.!"):
        assert set(made) & set(kind)

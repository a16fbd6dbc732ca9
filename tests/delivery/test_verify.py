"""Comparing a deployed answer with a laptop's, and what people sign in with."""

from __future__ import annotations

import dataclasses
import random
import string
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from agents.access.ports import Rows
from agents.runtime.results import ToolCall, ToolOutcome, ToolResult, inputs_digest
from agents.supply_chain.sample_people import PEOPLE
from delivery.people import password
from delivery.verify import compare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.access.ports import Cell
    from agents.json_value import Json

WANDA = PEOPLE[0]


def tool(*, figures: Sequence[Cell] = range(8), **changed: Any) -> dict[str, Json]:  # noqa: ANN401 - any field of a result
    """An outcome with a table of eight rows, in the shape that tools return."""
    rows = Rows(("category", "units_sold"), tuple((f"C{at}", figure) for at, figure in enumerate(figures)))
    result = ToolResult(
        value=8,
        units="rows",
        method="SQL (athena)",
        parameters={"statement": "SELECT 1"},
        inputs_digest=inputs_digest(rows),
        as_of=date(2026, 6, 30),
        quality={"truncated": False},
        table=rows,
    )
    call = ToolCall(name="query_data", arguments={"statement": "SELECT 1"})
    result = dataclasses.replace(result, **changed)
    return ToolOutcome(call=call, status="ok", elapsed_ms=5.0, result=result).as_json()


def answer(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any field of an answer
    return {
        "answer": "7 units\nMethod: SQL (athena).",
        "agent": "sql",
        "persona": WANDA.persona,
        "partial": False,
        "tools": [tool()],
        "conversation_id": "c1",
    } | changed


def test_times_ids_and_the_engines_name_may_differ() -> None:
    """Everything else is the same answer."""
    other = tool(method="SQL (duckdb)", parameters={"statement": "SELECT 2"}) | {"elapsed_ms": 9.0}
    laptop = answer(conversation_id="c2", answer="7 units\nMethod: SQL (duckdb).", tools=[other])
    check = compare(WANDA, answer(), laptop, 5.0)
    assert check.same, check.detail
    assert check.detail == "7 units"


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        ({"answer": "8 units"}, "answer: '8 units' is not '7 units'"),
        ({"agent": "inventory"}, "agent: 'inventory' is not 'sql'"),
        ({"partial": True}, "partial: True is not False"),
        ({"tools": []}, "tool 1, name: 'nothing' is not 'query_data'"),
        ({"tools": [tool(), tool()]}, "tool 2, name: 'query_data' is not 'nothing'"),
        ({"tools": [tool(value=9)]}, "tool 1, value: 9 is not 8"),
        ({"tools": [tool(units="pallets")]}, "tool 1, units: 'pallets' is not 'rows'"),
        ({"tools": [tool(as_of=date(2026, 7, 1))]}, "tool 1, as of: '2026-07-01' is not '2026-06-30'"),
        ({"tools": [tool(quality={"truncated": True})]}, "tool 1, quality truncated: 'True' is not 'False'"),
        ({"tools": [tool(figures=[0, 1, 2, 3, 4, 6, 6, 7])]}, "tool 1, row 6: ['C5', 6] is not ['C5', 5]"),
        ({"tools": [tool(figures=range(7))]}, "tool 1, row 8: 'nothing' is not ['C7', 7]"),
        ({"tools": [tool(table=None)]}, "tool 1, columns: 'nothing' is not ['category', 'units_sold']"),
        ({"tools": [{"name": "query_data", "status": "timeout"}]}, "tool 1, status: 'timeout' is not 'ok'"),
    ],
)
def test_a_difference_is_named(changed: dict[str, Any], detail: str) -> None:
    """Text, agent, each tool's outcome and every one of its figures count, also those that no text mentions."""
    check = compare(WANDA, answer(**changed), answer(), 5.0)
    assert not check.same
    assert check.detail == detail


@pytest.mark.parametrize(
    ("deployed", "laptop", "same"),
    [
        ("12.50", "12.50", True),
        ("12.50", 12.5, True),
        ("7", 7, True),
        (7.0, 7, True),
        ("12.50", "12.51", False),
        ("007", 7, False),
        ("1", True, False),
        (None, 0, False),
        ("", None, False),
        ("-3.10", -3.1, True),
    ],
)
def test_a_number_is_the_same_however_it_is_written(deployed: Cell, laptop: Cell, same: bool) -> None:  # noqa: FBT001 - a column of the table
    """Decimals are text with their scale in one engine and floats in another; an identifier is no number."""
    check = compare(WANDA, answer(tools=[tool(figures=[deployed])]), answer(tools=[tool(figures=[laptop])]), 5.0)
    assert check.same is same
    check = compare(WANDA, answer(tools=[tool(value=deployed)]), answer(tools=[tool(value=laptop)]), 5.0)
    assert check.same is same


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

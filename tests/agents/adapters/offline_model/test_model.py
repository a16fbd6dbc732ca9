"""The offline model chooses tools by what they say of themselves, and says only what they gave."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from agents.access.ports import Rows
from agents.adapters.offline_model.choose import choose
from agents.adapters.offline_model.compose import compose_answer
from agents.adapters.offline_model.model import OfflineModel
from agents.deadline import Deadline
from agents.errors import DeadlineError, Problem
from agents.runtime.model import ModelReply, ModelRequest, ToolOffer, Turn
from agents.runtime.registry import load_plugins
from agents.runtime.results import ToolCall, ToolOutcome, ToolResult

TODAY = date(2026, 6, 30)
TOOLS = load_plugins(["agents.supply_chain"]).tools
INVENTORY = ("stockout_risk", "reorder_candidates", "late_purchase_orders")


def offers(*names: str) -> tuple[ToolOffer, ...]:
    return tuple(ToolOffer(name=name, description=TOOLS[name].description, schema=TOOLS[name].schema) for name in names)


def converse(question: str, *names: str) -> ModelReply:
    request = ModelRequest(
        system="", turns=(Turn(role="user", text=question),), tools=offers(*names), parameters={}, dialect="duckdb",
        today=TODAY,
    )  # fmt: skip
    return OfflineModel().converse(request, deadline=Deadline.after(5))


@pytest.mark.parametrize(
    ("question", "calls"),
    [
        (
            "Which products will run out in warehouse WH01 in the next 14 days?",
            [("stockout_risk", {"warehouse": "WH01", "horizon_days": 14})],
        ),
        (
            "What will run out of stock in wh02 within 3 weeks",
            [("stockout_risk", {"warehouse": "WH02", "horizon_days": 21})],
        ),
        ("Which products run out of stock in WH05?", [("stockout_risk", {"warehouse": "WH05"})]),
        ("What is at or below its reorder point in WH02?", [("reorder_candidates", {"warehouse": "WH02"})]),
        ("Which purchase orders are late?", [("late_purchase_orders", {})]),
        ("Which purchase orders are late, and by how many days?", [("late_purchase_orders", {})]),
        ("Show overdue purchase orders past their due date", [("late_purchase_orders", {})]),
        (
            "Which products will run out in WH01 in the next 14 days? What is at or below its reorder point?",
            [
                ("stockout_risk", {"warehouse": "WH01", "horizon_days": 14}),
                ("reorder_candidates", {"warehouse": "WH01"}),
            ],
        ),
        ("Which purchase orders are late? Which purchase orders are late?", [("late_purchase_orders", {})]),
        ("Tell me a joke", []),
        ("", []),
        ("?!.;", []),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_question_chooses_tools_and_arguments(question: str, calls: list[tuple[str, dict[str, object]]]) -> None:
    """Sentences ask for tools; warehouses and spans of time become arguments, from the sentence or from one before."""
    chosen, missing = choose(question, offers(*INVENTORY), today=TODAY)
    assert [(call.name, call.arguments) for call in chosen] == calls
    assert missing == ()
    assert choose(question, offers(*INVENTORY), today=TODAY) == (chosen, missing)


def test_the_analysts_questions_become_sql() -> None:
    """With the SQL tool alone a question becomes a statement, or nothing."""
    (call,) = converse("How many units were sold per category?", "query_data").calls
    assert call.name == "query_data"
    assert call.arguments["statement"].startswith("SELECT p.category AS category")
    assert converse("Tell me a joke", "query_data").calls == ()


def test_a_missing_warehouse_is_asked_for() -> None:
    """A tool that cannot be called yet is a question back, not a guess."""
    reply = converse("Which products will run out of stock?", *INVENTORY)
    assert (reply.calls, reply.text) == ((), "Which warehouse do you mean? Name it like WH01.")


def test_what_it_cannot_do_is_answered_with_what_it_can() -> None:
    """An unknown question lists what the offered tools say of themselves, and no others."""
    reply = converse("Tell me a joke", "late_purchase_orders")
    assert "Open purchase orders that are late" in converse("Sing", "late_purchase_orders", "stockout_risk").text
    assert "run out of stock" not in reply.text
    assert "no tool is open to you" in converse("Sing").text


@pytest.mark.parametrize("question", ["Which purchase orders are late?", "Sing", "Which products run out in WH01?"])
def test_it_says_the_same_every_time(question: str) -> None:
    """The same request has the same reply, with the same count of tokens, and costs nothing."""
    first, second = converse(question, *INVENTORY), converse(question, *INVENTORY)
    assert first == second
    assert first.cost_usd == Decimal(0)
    assert first.output_tokens > 0


def test_it_keeps_the_deadline() -> None:
    """No reply after the time is up."""
    request = ModelRequest(
        system="", turns=(Turn(role="user", text="x"),), tools=(), parameters={}, dialect="duckdb", today=TODAY
    )
    with pytest.raises(DeadlineError):
        OfflineModel().converse(request, deadline=Deadline(0.0, lambda: 1.0))


def outcome(**changed: object) -> ToolOutcome:
    fields: dict[str, Any] = {
        "value": 1_234, "units": "late orders", "method": "counting", "parameters": {}, "inputs_digest": "",
        "as_of": TODAY,
    } | changed  # fmt: skip
    call = ToolCall(name="t", arguments={})
    return ToolOutcome(call=call, status="ok", elapsed_ms=1.0, result=ToolResult(**fields))


TABLE = Rows(("id", "units", "open"), (("A", 1_000, True), ("Bcd", 2.5, False), ("E", None, None)))


@pytest.mark.parametrize(
    ("outcomes", "rows", "text"),
    [
        ((outcome(),), 5, "1,234 late orders (as of 2026-06-30).\nMethod: counting."),
        (
            (outcome(table=TABLE),),
            2,
            ("1,234 late orders (as of 2026-06-30).\n  id   units  open\n  A    1,000  yes\n  Bcd  2.5    no\n"
            "  ... and 1 more\nMethod: counting."),
        ),
        (
            (outcome(value=1, units="rows", table=Rows(("id",), (("A",),))),),
            5,
            "1 row (as of 2026-06-30).\n  id\n  A\nMethod: counting.",
        ),
        (
            (outcome(value=0, units="rows", table=Rows(("id",), ())),),
            5,
            "There are no such rows among those you may see (as of 2026-06-30).\nMethod: counting.",
        ),
        (
            (outcome(quality={"backtest_wape": 0.314}),),
            5,
            ("1,234 late orders (as of 2026-06-30).\nMethod: counting. Back-test: the same forecast was off by 31% of"
            " the units sold, summed over products."),
        ),
        (
            (outcome(quality={"truncated": True}),),
            5,
            "1,234 late orders (as of 2026-06-30).\nMethod: counting. More rows exist than were read.",
        ),
        (
            (
                ToolOutcome(
                    call=ToolCall(name="t", arguments={}), status="failed", elapsed_ms=1.0,
                    problem=Problem(code="internal", message="t failed"),
                ),
            ),
            5,
            "I could not finish: t failed.",
        ),
        ((), 5, ""),
    ],
)  # fmt: skip
def test_an_answer_is_made_from_results_alone(outcomes: tuple[ToolOutcome, ...], rows: int, text: str) -> None:
    """Headline with date, as many lines as asked for, method and quality; a missing result is said to be missing."""
    assert compose_answer(outcomes, rows=rows) == text

"""From a question to one SELECT."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.adapters.offline_model.sql import compose
from agents.deadline import Deadline
from agents.errors import ForbiddenError
from agents.supply_chain.vocabulary import PURCHASES, SALES, STOCK, SUBJECTS

if TYPE_CHECKING:
    from agents.access.gateway import SqlGateway
    from agents.access.principal import Caller

TODAY = date(2026, 6, 30)
SOLD = f"SELECT SUM(l.quantity) AS units_sold FROM {SALES.source}"
QUESTIONS = [
    ("How many units were sold?", SOLD),
    ("units sold in WH01", f"{SOLD} WHERE h.warehouse_id = 'WH01'"),
    ("UNITS SOLD of p0042 in wh02?", f"{SOLD} WHERE h.warehouse_id = 'WH02' AND p.product_id = 'P0042'"),
    (
        "units sold in the last 30 days",
        f"{SOLD} WHERE h.order_date >= DATE '2026-05-31' AND h.order_date < DATE '2026-06-30'",
    ),
    (
        "units sold last week",
        f"{SOLD} WHERE h.order_date >= DATE '2026-06-23' AND h.order_date < DATE '2026-06-30'",
    ),
    (
        "units sold in the past 2 quarters in WH05",
        (
            f"{SOLD} WHERE h.order_date >= DATE '2025-12-30' AND h.order_date < DATE '2026-06-30'"
            " AND h.warehouse_id = 'WH05'"
        ),
    ),
    (
        "units sold in the last 9999 years",
        f"{SOLD} WHERE h.order_date >= DATE '0001-01-01' AND h.order_date < DATE '2026-06-30'",
    ),
    (
        "How many units were sold per category?",
        (
            f"SELECT p.category AS category, SUM(l.quantity) AS units_sold FROM {SALES.source} GROUP BY p.category"
            " ORDER BY units_sold DESC, category LIMIT 1000"
        ),
    ),
    (
        "revenue per month",
        (
            "SELECT DATE_TRUNC('month', h.order_date) AS month, SUM(l.quantity * l.unit_price) AS revenue_usd"
            f" FROM {SALES.source} GROUP BY DATE_TRUNC('month', h.order_date) ORDER BY month LIMIT 1000"
        ),
    ),
    (
        "top 5 products by revenue",
        (
            f"SELECT p.product_id AS product_id, SUM(l.quantity * l.unit_price) AS revenue_usd FROM {SALES.source}"
            " GROUP BY p.product_id ORDER BY revenue_usd DESC, product_id LIMIT 5"
        ),
    ),
    (
        "top 9999 products by revenue",
        (
            f"SELECT p.product_id AS product_id, SUM(l.quantity * l.unit_price) AS revenue_usd FROM {SALES.source}"
            " GROUP BY p.product_id ORDER BY revenue_usd DESC, product_id LIMIT 1000"
        ),
    ),
    (
        "how many open sales orders are there?",
        f"SELECT COUNT(DISTINCT h.sales_order_id) AS open_sales_orders FROM {SALES.source} WHERE h.status = 'open'",
    ),
    (
        "stock value by warehouse",
        (
            "SELECT s.warehouse_id AS warehouse_id, SUM(s.on_hand * p.unit_cost) AS stock_value_usd"
            f" FROM {STOCK.source} GROUP BY s.warehouse_id ORDER BY stock_value_usd DESC, warehouse_id LIMIT 1000"
        ),
    ),
    (
        "what is on hand in WH03",
        f"SELECT SUM(s.on_hand) AS units_on_hand FROM {STOCK.source} WHERE s.warehouse_id = 'WH03'",
    ),
    (
        "spend per supplier",
        (
            f"SELECT h.supplier AS supplier, SUM(l.quantity * l.unit_cost) AS spend_usd FROM {PURCHASES.source}"
            " GROUP BY h.supplier ORDER BY spend_usd DESC, supplier LIMIT 1000"
        ),
    ),
    (
        "How many purchase orders are open?",
        (
            f"SELECT COUNT(DISTINCT h.purchase_order_id) AS open_purchase_orders FROM {PURCHASES.source}"
            " WHERE h.status = 'open'"
        ),
    ),
    ("What is the weather?", None),
    ("", None),
    ("resold unitsold", None),
]
READERS = {
    SALES: ("warehouse_manager", "field_engineer"),
    STOCK: ("warehouse_manager", "field_engineer", "procurement_specialist"),
    PURCHASES: ("procurement_specialist",),
}
SPOKEN = [
    (subject, f"{word} {group} {time} {place}")
    for subject in SUBJECTS
    for word in sorted({measure.words[0] for measure in subject.measures})
    for group in ("", *(f"per {dimension.words[0]}" for dimension in subject.dimensions))
    for time, place in (("", ""), ("in the last 3 months", "in WH01 of P0007"))
]


@pytest.mark.parametrize(("question", "statement"), QUESTIONS, ids=lambda value: str(value)[:50])
def test_a_question_has_one_statement(question: str, statement: str | None) -> None:
    """Measure, group, time, place and number of rows are read from the words; nothing else gives a statement."""
    assert compose(question, today=TODAY) == statement
    assert compose(question, today=TODAY) == compose(question, today=TODAY)


@pytest.mark.parametrize(("subject", "question"), SPOKEN, ids=lambda value: value if isinstance(value, str) else "")
def test_every_statement_passes_the_gateway(
    gateway: SqlGateway, callers: dict[str, Caller], subject: object, question: str
) -> None:
    """What the vocabulary can say runs for who may read its tables, and is forbidden to who may not."""
    statement = compose(question, today=TODAY)
    for persona, caller in callers.items():
        if persona in READERS[subject]:
            assert gateway.query(statement, caller, deadline=Deadline.after(20)).columns
        else:
            with pytest.raises(ForbiddenError):
                gateway.query(statement, caller, deadline=Deadline.after(20))


@given(st.text(max_size=80), st.sampled_from(["units sold ", "spend per supplier ", "stock by warehouse last "]))
def test_no_text_of_the_question_is_in_the_statement(text: str, words: str) -> None:
    """A statement holds words of the vocabulary, dates, numbers and identifiers of a fixed shape, never other text."""
    statement = compose(f"{words}{text}", today=TODAY)
    quoted = statement.split("'")[1::2]
    fixed = ("open", "month")
    assert all(value in fixed or len(value) in {4, 5, 10} for value in quoted)
    assert not set('"\\;\0\n') & set(statement)
    assert statement.count("'") % 2 == 0


@given(st.integers(0, 9999), st.sampled_from(["day", "weeks", "month", "quarters", "year"]))
def test_any_span_of_time_is_a_date(number: int, unit: str) -> None:
    """However long ago is asked for, the first day is one that exists."""
    statement = compose(f"units sold in the last {number} {unit}", today=TODAY)
    first = date.fromisoformat(statement.split("DATE '")[1][:10])
    assert date.min <= first <= TODAY

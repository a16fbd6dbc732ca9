"""Late orders and free questions, checked against SQL over all rows."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from agents.errors import ForbiddenError
from agents.supply_chain.purchasing import late_purchase_orders
from agents.supply_chain.query import query_data
from agents.supply_chain.sample import AS_OF

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.runtime.tools import UserData

    DataOf = Callable[[str], UserData]
    Run = Callable[[str], list[tuple[Any, ...]]]

BUYER = "procurement_specialist"


@pytest.mark.parametrize("today", [AS_OF, date(2026, 7, 15), date(2026, 6, 1)])
def test_late_orders_are_the_open_ones_past_their_date(data_of: DataOf, full: Run, today: date) -> None:
    """Order by order, with days overdue and units, the latest first."""
    result = late_purchase_orders.run({}, data=data_of(BUYER), today=today)
    expected = full(
        "SELECT h.purchase_order_id, h.supplier, h.warehouse_id, CAST(h.due_date AS VARCHAR),"
        f" DATE_DIFF('day', h.due_date, DATE '{today}'), SUM(l.quantity)"
        " FROM purchase_order_header h, purchase_order_line l WHERE h.purchase_order_id = l.purchase_order_id"
        f" AND h.status = 'open' AND DATE_DIFF('day', h.due_date, DATE '{today}') > 0 GROUP BY ALL"
    )
    assert set(result.table.rows) == set(expected)
    assert result.value == len(expected) == len(result.table.rows)
    days = [row[4] for row in result.table.rows]
    assert days == sorted(days, reverse=True)


def test_an_order_due_today_is_not_late(data_of: DataOf, full: Run) -> None:
    """An order is late from the day after its due date."""
    due = full("SELECT MIN(due_date) FROM purchase_order_header WHERE status = 'open'")[0][0]
    assert late_purchase_orders.run({}, data=data_of(BUYER), today=due).value == 0


def test_sales_personas_see_no_purchases(data_of: DataOf) -> None:
    """The tool reads through the gateway, so it gives no more than its caller may see."""
    with pytest.raises(ForbiddenError):
        late_purchase_orders.run({}, data=data_of("warehouse_manager"), today=AS_OF)


def test_a_query_of_one_cell_is_a_figure(data_of: DataOf, full: Run) -> None:
    """One row of one column is a value with its column as unit; anything else is a table."""
    one = query_data.run(
        {"statement": "SELECT COUNT(*) AS open_orders FROM purchase_order_header"}, data=data_of(BUYER), today=AS_OF
    )
    assert (one.value, one.units, one.table) == (6_000, "open orders", None)
    many = query_data.run({"statement": "SELECT * FROM purchase_order_line"}, data=data_of(BUYER), today=AS_OF)
    assert (many.value, many.units, len(many.table.rows)) == (5_000, "rows", 5_000)
    assert many.quality == {"truncated": True}
    assert full("SELECT COUNT(*) FROM purchase_order_line")[0][0] > 5_000

"""Orders to suppliers: which are late."""

from __future__ import annotations

from datetime import date

from agents.access.ports import Rows
from agents.runtime.results import ToolResult, inputs_digest
from agents.runtime.tools import Data, tool


@tool(effect="read", personas={"procurement_specialist"}, timeout_s=15)
def late_purchase_orders(*, data: Data, today: date) -> ToolResult:
    """Open purchase orders that are late: past the due date of their delivery, with the days overdue, latest first."""
    rows = data.query(
        "SELECT h.purchase_order_id, h.supplier, h.warehouse_id, h.due_date, SUM(l.quantity) AS units"
        " FROM purchase_order_header h JOIN purchase_order_line l ON l.purchase_order_id = h.purchase_order_id"
        f" WHERE h.status = 'open' AND h.due_date < DATE '{today.isoformat()}'"
        " GROUP BY h.purchase_order_id, h.supplier, h.warehouse_id, h.due_date"
        " ORDER BY h.due_date, h.purchase_order_id"
    )
    late = tuple((*row[:4], (today - date.fromisoformat(str(row[3]))).days, row[4]) for row in rows.rows)
    return ToolResult(
        value=len(late),
        units="purchase orders are late",
        method="open orders whose due date has passed",
        parameters={},
        inputs_digest=inputs_digest(rows),
        as_of=today,
        table=Rows(("purchase_order_id", "supplier", "warehouse_id", "due_date", "days_late", "units"), late),
    )

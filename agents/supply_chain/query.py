"""The SQL analyst's tool: one SELECT through the gateway."""

from __future__ import annotations

from datetime import date  # noqa: TC003 - the tool's signature is read at run time
from typing import Annotated

from pydantic import Field

from agents.runtime.results import ToolResult, inputs_digest
from agents.runtime.tools import Data, tool


@tool(effect="read", personas={"warehouse_manager", "field_engineer", "procurement_specialist"}, timeout_s=15)
def query_data(
    statement: Annotated[str, Field(max_length=16_000, json_schema_extra={"format": "sql"})],
    *,
    data: Data,
    today: date,
) -> ToolResult:
    """Figures on sales, orders, purchases, products and stock, by one SQL SELECT over the tables you may read."""
    rows = data.query(statement)
    single = len(rows.rows) == 1 and len(rows.columns) == 1
    return ToolResult(
        value=rows.rows[0][0] if single else len(rows.rows),
        units=rows.columns[0].replace("_", " ") if single else "rows",
        method=f"SQL ({data.dialect})",
        parameters={"statement": statement},
        inputs_digest=inputs_digest(rows),
        as_of=today,
        quality={"truncated": rows.truncated},
        table=None if single else rows,
    )

"""The access policy that ships: which persona may use which agents, tools, tables and rows."""

from __future__ import annotations

from typing import Final

from agents.access.policy import EveryRow, Grants, Own, Policy, RowFilter, Through
from agents.data_schema import DATA_TABLES

CATALOGUE: Final = {table.name: tuple(column.name for column in table.columns) for table in DATA_TABLES}

_AGENTS: Final = frozenset({"inventory", "sql"})
_MINE: Final = Own("warehouse_id", "warehouses")
_MY_TERRITORY: Final = Own("territory_id", "territories")


def _sales(stock: RowFilter, orders: Own) -> dict[str, RowFilter]:
    """Products, and stock and sales of one's own."""
    lines = Through("sales_order_id", "sales_order_header", "sales_order_id", orders)
    return {
        "product": EveryRow(),
        "warehouse_product": stock,
        "sales_order_header": orders,
        "sales_order_line": lines,
    }


POLICY: Final = Policy(
    {
        "warehouse_manager": Grants(
            agents=_AGENTS,
            tools=frozenset({"query_data", "stockout_risk", "reorder_candidates"}),
            tables=_sales(_MINE, _MINE),
        ),
        "field_engineer": Grants(
            agents=_AGENTS,
            tools=frozenset({"query_data", "stockout_risk", "reorder_candidates"}),
            # A warehouse belongs to the territory it lies in, an order to the territory of its customer.
            tables=_sales(Through("warehouse_id", "warehouse", "warehouse_id", _MY_TERRITORY), _MY_TERRITORY),
        ),
        "procurement_specialist": Grants(
            agents=_AGENTS,
            tools=frozenset({"query_data", "reorder_candidates", "late_purchase_orders"}),
            tables={
                "product": EveryRow(),
                "warehouse_product": EveryRow(),
                "purchase_order_header": EveryRow(),
                "purchase_order_line": EveryRow(),
            },
        ),
    }
)

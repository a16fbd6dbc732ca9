"""The access policy that ships: which persona may use which agents, tools, tables and rows."""

from __future__ import annotations

from typing import Final

from agents.access.catalogue import CataloguedTable
from agents.access.policy import EveryRow, Grants, Own, Policy, RowFilter, TableGrant, Through
from agents.data_schema import DATA_TABLES, MONTH

CATALOGUE: Final = {
    table.name: CataloguedTable(
        columns={column.name: column.type for column in table.columns},
        partitions=frozenset({MONTH.name} if table.monthly else ()),
    )
    for table in DATA_TABLES
}

_AGENTS: Final = frozenset({"inventory", "sql"})
_MINE: Final = Own("warehouse_id", "warehouses")
_MY_TERRITORY: Final = Own("territory_id", "territories")


def _sales(stock: RowFilter, orders: Own) -> dict[str, TableGrant]:
    """Products, and stock and sales of one's own."""
    lines = Through("sales_order_id", "sales_order_header", "sales_order_id", orders)
    return {
        "product": TableGrant(rows=EveryRow()),
        "warehouse_product": TableGrant(rows=stock),
        "sales_order_header": TableGrant(rows=orders),
        "sales_order_line": TableGrant(rows=lines),
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
            tables=dict.fromkeys(
                ("product", "warehouse_product", "purchase_order_header", "purchase_order_line"),
                TableGrant(rows=EveryRow()),
            ),
        ),
    }
)

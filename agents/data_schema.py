"""The tables of the lake: columns, types and meaning, for Glue, sample data, gateway and prompts alike.

Standard library only: `components/` builds the Glue tables from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

ColumnType: TypeAlias = Literal["string", "int", "date", "decimal(12,2)"]  # Glue's words


@dataclass(frozen=True)
class Column:
    name: str
    type: ColumnType
    comment: str


@dataclass(frozen=True)
class DataTable:
    name: str
    comment: str
    columns: tuple[Column, ...]


def _table(name: str, comment: str, *columns: tuple[str, ColumnType, str]) -> DataTable:
    return DataTable(name, comment, tuple(Column(*column) for column in columns))


DATA_TABLES: Final = (
    _table(
        "product",
        "What is bought and sold",
        ("product_id", "string", "P0001"),
        ("name", "string", "Name on the shelf"),
        ("category", "string", "Product category"),
        ("supplier", "string", "Who delivers it"),
        ("unit_cost", "decimal(12,2)", "Purchase price in USD"),
        ("list_price", "decimal(12,2)", "Sales price in USD"),
    ),
    _table(
        "warehouse",
        "Where stock lies",
        ("warehouse_id", "string", "WH01"),
        ("name", "string", "City"),
        ("territory_id", "string", "Territory the building lies in"),
    ),
    _table(
        "territory",
        "Sales territories",
        ("territory_id", "string", "T1"),
        ("name", "string", "Name of the territory"),
    ),
    _table(
        "warehouse_product",
        "Stock of a product in a warehouse, as of the data's date",
        ("warehouse_id", "string", "WH01"),
        ("product_id", "string", "P0001"),
        ("on_hand", "int", "Units in stock"),
        ("reorder_point", "int", "Order when on hand is at or below, in units"),
        ("lead_time_days", "int", "Days from order to receipt"),
    ),
    _table(
        "sales_order_header",
        "Customer orders",
        ("sales_order_id", "string", "SO0000001"),
        ("order_date", "date", "Day of the order"),
        ("warehouse_id", "string", "Warehouse that ships it"),
        ("territory_id", "string", "Territory of the customer"),
        ("status", "string", "shipped or open"),
    ),
    _table(
        "sales_order_line",
        "Lines of customer orders",
        ("sales_order_id", "string", "Order the line belongs to"),
        ("line_number", "int", "1, 2, 3"),
        ("product_id", "string", "Product sold"),
        ("quantity", "int", "Units sold"),
        ("unit_price", "decimal(12,2)", "Price of one unit in USD"),
    ),
    _table(
        "purchase_order_header",
        "Orders to suppliers",
        ("purchase_order_id", "string", "PO0000001"),
        ("supplier", "string", "Who delivers"),
        ("warehouse_id", "string", "Warehouse that receives"),
        ("order_date", "date", "Day of the order"),
        ("due_date", "date", "Promised day of receipt"),
        ("status", "string", "open or received"),
    ),
    _table(
        "purchase_order_line",
        "Lines of orders to suppliers",
        ("purchase_order_id", "string", "Order the line belongs to"),
        ("line_number", "int", "1, 2, 3"),
        ("product_id", "string", "Product ordered"),
        ("quantity", "int", "Units ordered"),
        ("unit_cost", "decimal(12,2)", "Price of one unit in USD"),
    ),
    _table(
        "user_warehouse",
        "Warehouses that a person is responsible for",
        ("user_id", "string", "Subject of the person's token"),
        ("warehouse_id", "string", "WH01"),
    ),
    _table(
        "user_territory",
        "Territories that a person is responsible for",
        ("user_id", "string", "Subject of the person's token"),
        ("territory_id", "string", "T1"),
    ),
)

LAKE_PREFIX: Final = "lake"  # objects lie at s3://<data bucket>/lake/<table>/<file>.parquet

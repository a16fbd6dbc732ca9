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
class Monthly:
    """What puts a row into its month: its own `day`, or that of the row of `header` that has the same `key`."""

    day: str
    header: str = ""
    key: str = ""


MONTH: Final = Column(
    "order_month",
    "string",
    "Month of the order, like 2026-05. The files lie by it, so a condition such as order_month >= '2026-05' reads less",
)


@dataclass(frozen=True)
class DataTable:
    """A table. One that is `monthly` has MONTH as its last column, which is in the files' paths, not in the files."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    monthly: Monthly | None = None

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns that are in the files."""
        return self.columns[:-1] if self.monthly else self.columns

    def file(self, month: str = "") -> str:
        """Where a file of the table lies below the lake; `month`, like 2026-05, counts where there are months."""
        folder = f"{self.name}/{MONTH.name}={month}" if self.monthly else self.name
        return f"{folder}/{self.name}.parquet"


def _table(name: str, comment: str, *columns: tuple[str, ColumnType, str], monthly: Monthly | None = None) -> DataTable:
    own = tuple(Column(*column) for column in columns)
    return DataTable(name, comment, (*own, MONTH) if monthly else own, monthly)


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
        monthly=Monthly("order_date"),
    ),
    _table(
        "sales_order_line",
        "Lines of customer orders",
        ("sales_order_id", "string", "Order the line belongs to"),
        ("line_number", "int", "1, 2, 3"),
        ("product_id", "string", "Product sold"),
        ("quantity", "int", "Units sold"),
        ("unit_price", "decimal(12,2)", "Price of one unit in USD"),
        monthly=Monthly("order_date", header="sales_order_header", key="sales_order_id"),
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
        monthly=Monthly("order_date"),
    ),
    _table(
        "purchase_order_line",
        "Lines of orders to suppliers",
        ("purchase_order_id", "string", "Order the line belongs to"),
        ("line_number", "int", "1, 2, 3"),
        ("product_id", "string", "Product ordered"),
        ("quantity", "int", "Units ordered"),
        ("unit_cost", "decimal(12,2)", "Price of one unit in USD"),
        monthly=Monthly("order_date", header="purchase_order_header", key="purchase_order_id"),
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

LAKE_PREFIX: Final = "lake"  # objects lie at s3://<data bucket>/lake/ and what `DataTable.file` says

"""The words of the trade: which figures can be asked for, by which groups, and where they lie.

Data, so that the offline model can write SQL from it and a prompt can list it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """Something to group by: an expression over the aliases of a `Subject`."""

    name: str
    words: tuple[str, ...]
    expression: str


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A figure: its name, the words that ask for it, its aggregate, and a condition that belongs to it."""

    name: str
    words: tuple[str, ...]
    expression: str
    condition: str = ""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Tables joined once, what can be measured in them, and the columns that filters need."""

    source: str
    measures: tuple[Measure, ...]
    dimensions: tuple[Dimension, ...]
    warehouse: str
    product: str
    day: str = ""


_CATEGORY: Final = Dimension(name="category", words=("category", "categories"), expression="p.category")
_PRODUCT: Final = Dimension(name="product_id", words=("product", "products", "item", "sku"), expression="p.product_id")


def _warehouse(alias: str) -> Dimension:
    return Dimension(name="warehouse_id", words=("warehouse", "warehouses"), expression=f"{alias}.warehouse_id")


def _month(column: str) -> Dimension:
    return Dimension(name="month", words=("month", "months", "monthly"), expression=f"DATE_TRUNC('month', {column})")


SALES: Final = Subject(
    source=(
        "sales_order_header h JOIN sales_order_line l ON l.sales_order_id = h.sales_order_id"
        " JOIN product p ON p.product_id = l.product_id"
    ),
    measures=(
        Measure(
            name="revenue_usd",
            words=("revenue", "turnover", "sales value", "worth of sales"),
            expression="SUM(l.quantity * l.unit_price)",
        ),
        Measure(
            name="open_sales_orders",
            words=("open sales orders", "open orders", "open customer orders"),
            expression="COUNT(DISTINCT h.sales_order_id)",
            condition="h.status = 'open'",
        ),
        Measure(
            name="sales_orders",
            words=("sales orders", "customer orders", "orders"),
            expression="COUNT(DISTINCT h.sales_order_id)",
        ),
        Measure(name="units_sold", words=("units", "sold", "sell", "sales", "demand"), expression="SUM(l.quantity)"),
    ),
    dimensions=(
        _CATEGORY,
        _warehouse("h"),
        _month("h.order_date"),
        Dimension(name="territory_id", words=("territory", "territories"), expression="h.territory_id"),
        _PRODUCT,
    ),
    warehouse="h.warehouse_id",
    product="p.product_id",
    day="h.order_date",
)
STOCK: Final = Subject(
    source="warehouse_product s JOIN product p ON p.product_id = s.product_id",
    measures=(
        Measure(
            name="stock_value_usd",
            words=("stock value", "value of stock", "inventory value", "worth of stock"),
            expression="SUM(s.on_hand * p.unit_cost)",
        ),
        Measure(
            name="units_on_hand",
            words=("on hand", "in stock", "stock", "inventory"),
            expression="SUM(s.on_hand)",
        ),
    ),
    dimensions=(_CATEGORY, _warehouse("s"), _PRODUCT),
    warehouse="s.warehouse_id",
    product="p.product_id",
)
PURCHASES: Final = Subject(
    source=(
        "purchase_order_header h JOIN purchase_order_line l ON l.purchase_order_id = h.purchase_order_id"
        " JOIN product p ON p.product_id = l.product_id"
    ),
    measures=(
        Measure(
            name="spend_usd",
            words=("spend", "spent", "purchase value", "purchasing cost"),
            expression="SUM(l.quantity * l.unit_cost)",
        ),
        Measure(
            name="open_purchase_orders",
            words=("open purchase orders", "purchase orders are open", "purchase orders open"),
            expression="COUNT(DISTINCT h.purchase_order_id)",
            condition="h.status = 'open'",
        ),
        Measure(name="purchase_orders", words=("purchase orders",), expression="COUNT(DISTINCT h.purchase_order_id)"),
        Measure(name="units_bought", words=("bought", "purchased"), expression="SUM(l.quantity)"),
    ),
    dimensions=(
        _CATEGORY,
        Dimension(name="supplier", words=("supplier", "suppliers"), expression="h.supplier"),
        _warehouse("h"),
        _month("h.order_date"),
        _PRODUCT,
    ),
    warehouse="h.warehouse_id",
    product="p.product_id",
    day="h.order_date",
)
SUBJECTS: Final = (PURCHASES, STOCK, SALES)

"""Stock: what will run out, and what is at its reorder point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final

from pydantic import Field

from agents.access.ports import Rows
from agents.errors import InvalidError
from agents.runtime.results import ToolResult, inputs_digest
from agents.runtime.tools import Data, tool

OBSERVED_DAYS: Final = 56  # eight weeks: whole weeks, so that weekdays weigh the same
LEVEL: Final = 0.5  # a product is listed when it is more likely than not to run out

Warehouse = Annotated[str, Field(pattern=r"^WH\d{2}$", description="Warehouse, like WH01")]
Horizon = Annotated[int, Field(ge=1, le=365, description="Days to look ahead")]


@dataclass(frozen=True, kw_only=True)
class _Product:
    product_id: str
    name: str
    on_hand: int
    units: float  # sold in the observed days
    squares: float  # sum of the squares of a day's units
    before: float  # sold in the observed days that ended one horizon ago
    actual: float  # sold in that last horizon


@tool(effect="read", personas={"warehouse_manager", "field_engineer"}, timeout_s=15)
def stockout_risk(warehouse: Warehouse, horizon_days: Horizon = 14, *, data: Data, today: date) -> ToolResult:
    """Products that will run out of stock in a warehouse within the next days, most likely first.

    Demand over the horizon of h days is taken as normal with mean m*h and variance v*h, where m and v are mean and
    variance of the units of a day over the last 56 days, days without a sale included. The probability that it
    exceeds the stock is 1 - Phi((on_hand + 0.5 - m*h) / sqrt(v*h)), with the continuity correction of whole units
    (Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains, 4th ed., chapter 6). No receipts are
    counted. Quality is the back-test of m*h against what was sold in the last h days: sum |error| / sum actual.
    """
    rows = data.query(_statement(warehouse, horizon_days, today))
    if not rows.rows:
        raise InvalidError(f"you see no stock in {warehouse}", fix="Name a warehouse of yours.")
    products = [_product(row) for row in rows.rows]
    listed = []
    for product in products:
        mean = product.units / OBSERVED_DAYS
        variance = max(0.0, product.squares / OBSERVED_DAYS - mean**2)
        chance = probability(product.on_hand, mean * horizon_days, variance * horizon_days)
        if chance > LEVEL:
            listed.append((chance, product, mean))
    listed.sort(key=lambda entry: (-entry[0], entry[1].on_hand - entry[2] * horizon_days, entry[1].product_id))
    table = Rows(
        ("product_id", "name", "on_hand", "demand_per_day", "days_of_cover", "probability"),
        tuple(
            (p.product_id, p.name, p.on_hand, round(mean, 2), round(p.on_hand / mean, 1), round(chance, 3))
            for chance, p, mean in listed
        ),
    )
    return ToolResult(
        value=len(listed),
        units=f"products will probably run out in {warehouse} in the next {horizon_days} days",
        method=f"normal demand, from the orders of the last {OBSERVED_DAYS} days that you may see, without receipts",
        parameters={"warehouse": warehouse, "horizon_days": horizon_days, "probability_above": LEVEL},
        inputs_digest=inputs_digest(rows),
        as_of=today,
        quality={"products": len(products), "backtest_wape": backtest(products, horizon_days)},
        table=table,
    )


@tool(effect="read", personas={"warehouse_manager", "field_engineer", "procurement_specialist"}, timeout_s=15)
def reorder_candidates(warehouse: Warehouse, *, data: Data, today: date) -> ToolResult:
    """Products whose stock on hand is at or below the reorder point of a warehouse, largest gap first."""
    rows = data.query(
        "SELECT s.product_id, p.name, s.on_hand, s.reorder_point, s.reorder_point - s.on_hand AS gap, s.lead_time_days"
        " FROM warehouse_product s JOIN product p ON p.product_id = s.product_id"
        f" WHERE s.warehouse_id = '{warehouse}' AND s.on_hand <= s.reorder_point AND s.reorder_point > 0"
        " ORDER BY gap DESC, s.product_id"
    )
    return ToolResult(
        value=len(rows.rows),
        units=f"products are at or below their reorder point in {warehouse}",
        method="on hand compared with the reorder point",
        parameters={"warehouse": warehouse},
        inputs_digest=inputs_digest(rows),
        as_of=today,
        table=rows,
    )


def probability(on_hand: int, mean: float, variance: float) -> float:
    """Chance that normal demand of this mean and variance, in units, exceeds the stock; 0 without any demand."""
    if mean <= 0:
        return 0.0
    if variance <= 0:
        return 1.0 if mean > on_hand else 0.0
    return 0.5 * math.erfc((on_hand + 0.5 - mean) / math.sqrt(2 * variance))


def backtest(products: list[_Product], horizon_days: int) -> float | None:
    """Weighted absolute percentage error of the same mean, made one horizon ago; None when nothing was sold since."""
    actual = sum(product.actual for product in products)
    errors = sum(abs(product.before / OBSERVED_DAYS * horizon_days - product.actual) for product in products)
    return round(errors / actual, 3) if actual else None


def _product(row: tuple[object, ...]) -> _Product:
    product_id, name, on_hand, *sums = row
    units, squares, before, actual = (float(str(value or 0)) for value in sums)
    return _Product(
        product_id=str(product_id),
        name=str(name),
        on_hand=int(str(on_hand)),
        units=units,
        squares=squares,
        before=before,
        actual=actual,
    )


def _statement(warehouse: str, horizon_days: int, today: date) -> str:
    def day(back: int) -> str:
        return f"DATE '{(today - timedelta(days=back)).isoformat()}'"

    recent, then, earlier = day(OBSERVED_DAYS), day(horizon_days), day(OBSERVED_DAYS + horizon_days)

    def month(back: int) -> str:
        return f"'{today - timedelta(days=back):%Y-%m}'"

    months = f"BETWEEN {month(OBSERVED_DAYS + horizon_days)} AND {month(1)}"
    # Everything from outside is a whole number, a date or matches WHdd. Months say nothing new: they are what files
    # lie by, and a line has no date of its own.
    return f"""
        SELECT s.product_id, p.name, s.on_hand,
               SUM(CASE WHEN d.order_date >= {recent} THEN d.units ELSE 0 END) AS units,
               SUM(CASE WHEN d.order_date >= {recent} THEN d.units * d.units ELSE 0 END) AS squares,
               SUM(CASE WHEN d.order_date < {then} THEN d.units ELSE 0 END) AS earlier_units,
               SUM(CASE WHEN d.order_date >= {then} THEN d.units ELSE 0 END) AS actual
        FROM warehouse_product s
        JOIN product p ON p.product_id = s.product_id
        LEFT JOIN (
            SELECT l.product_id, h.order_date, SUM(l.quantity) AS units
            FROM sales_order_header h JOIN sales_order_line l ON l.sales_order_id = h.sales_order_id
            WHERE h.warehouse_id = '{warehouse}' AND h.order_date >= {earlier} AND h.order_date < DATE '{today}'
              AND h.order_month {months} AND l.order_month {months}
            GROUP BY l.product_id, h.order_date
        ) AS d ON d.product_id = s.product_id
        WHERE s.warehouse_id = '{warehouse}'
        GROUP BY s.product_id, p.name, s.on_hand
        ORDER BY s.product_id"""

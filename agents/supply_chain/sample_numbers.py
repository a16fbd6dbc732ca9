"""The numbers of the sample data, as columns by table; ids are whole numbers that `sample` formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Column: TypeAlias = NDArray[np.float64] | NDArray[np.int64] | NDArray[np.bool_]

SEED: Final = 20260630
PRODUCTS: Final = 2_000
DAYS: Final = 730
ORDERS_A_DAY: Final = 160
WAREHOUSES: Final = (("Hamburg", 1), ("Lyon", 2), ("Porto", 3), ("Graz", 4), ("Gdansk", 1))  # city, territory
TERRITORIES: Final = ("North", "West", "South", "East")
CATEGORIES: Final = (
    "bearings",
    "belts",
    "cables",
    "drives",
    "filters",
    "gaskets",
    "motors",
    "pumps",
    "sensors",
    "valves",
)
SUPPLIERS: Final = 40


def numbers() -> dict[str, dict[str, Column]]:
    """Columns by name, by table. Units, USD, whole days from the oldest day on; the same at every call."""
    import numpy as np  # noqa: PLC0415 - costs 0.1 s, and only this needs it

    random = np.random.Generator(np.random.PCG64(SEED))
    product = np.arange(1, PRODUCTS + 1)
    cost = np.round(random.lognormal(3.0, 0.8, PRODUCTS), 2) + 0.5
    popularity = random.gamma(0.6, 1.0, PRODUCTS)
    popularity /= popularity.sum()

    season = 1.0 + 0.25 * np.sin(2 * np.pi * np.arange(DAYS) / 365.0)
    orders_by_day = random.poisson(ORDERS_A_DAY * season)
    orders = int(orders_by_day.sum())
    day = np.repeat(np.arange(DAYS), orders_by_day)  # 0 is the oldest, DAYS - 1 the day before AS_OF
    warehouse = random.choice(np.arange(1, 6), orders, p=(0.3, 0.25, 0.2, 0.15, 0.1))
    home = np.array([territory for _, territory in WAREHOUSES])[warehouse - 1]
    territory = np.where(random.random(orders) < 0.8, home, random.integers(1, 5, orders))
    lines_by_order = random.integers(1, 5, orders)
    line_order = np.repeat(np.arange(orders), lines_by_order)
    first = np.cumsum(lines_by_order) - lines_by_order
    line_number = np.arange(line_order.size) - first[line_order] + 1
    line_product = random.choice(product, line_order.size, p=popularity)
    quantity = 1 + random.poisson(3.0, line_order.size)
    price = np.round(cost * random.uniform(1.25, 1.9, PRODUCTS), 2)

    # Mean and spread of a day's demand over the last 90 days set reorder points and stock.
    recent = day[line_order] >= DAYS - 90
    cell = (warehouse[line_order][recent] - 1) * PRODUCTS + line_product[recent] - 1
    mean = np.bincount(cell, weights=quantity[recent], minlength=5 * PRODUCTS) / 90
    lead_time = random.integers(3, 29, 5 * PRODUCTS)
    reorder_point = np.ceil(mean * lead_time + 1.65 * np.sqrt(np.maximum(mean, 0.05) * 5 * lead_time))
    on_hand = np.round(reorder_point * random.gamma(6.0, 0.35, 5 * PRODUCTS)).astype(np.int64)
    on_hand[random.random(5 * PRODUCTS) < 0.03] //= 6  # a delivery that did not come

    purchases = 6_000
    supplier = random.integers(1, SUPPLIERS + 1, purchases)
    ordered = np.sort(random.integers(0, DAYS, purchases))
    due = ordered + random.integers(5, 35, purchases)
    received = (due < DAYS - 30) | (random.random(purchases) < 0.8) & (due < DAYS)
    purchase_lines = random.integers(1, 6, purchases)
    purchase_of_line = np.repeat(np.arange(purchases), purchase_lines)
    purchase_first = np.cumsum(purchase_lines) - purchase_lines
    bought = random.integers(1, PRODUCTS + 1, purchase_of_line.size)
    return {
        "products": {
            "n": product,
            "category": random.integers(0, len(CATEGORIES), PRODUCTS),
            "supplier": random.integers(1, SUPPLIERS + 1, PRODUCTS),
            "cost": cost,
            "price": price,
        },
        "stocks": {
            "warehouse": np.repeat(np.arange(1, 6), PRODUCTS),
            "product": np.tile(product, 5),
            "on_hand": on_hand,
            "reorder_point": reorder_point.astype(np.int64),
            "lead_time": lead_time,
        },
        "orders": {"n": np.arange(orders), "day": day, "warehouse": warehouse, "territory": territory},
        "order_lines": {
            "n": line_order,
            "line": line_number,
            "product": line_product,
            "quantity": quantity,
            "price": price[line_product - 1],
        },
        "purchases": {
            "n": np.arange(purchases),
            "supplier": supplier,
            "warehouse": random.integers(1, 6, purchases),
            "ordered": ordered,
            "due": due,
            "received": received,
        },
        "purchase_lines": {
            "n": purchase_of_line,
            "line": np.arange(purchase_of_line.size) - purchase_first[purchase_of_line] + 1,
            "product": bought,
            "quantity": 10 * random.integers(1, 40, purchase_of_line.size),
            "cost": cost[bought - 1],
        },
    }

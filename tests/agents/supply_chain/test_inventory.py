"""Figures on stock, checked against other ways to compute them."""

from __future__ import annotations

import statistics
from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import InvalidError
from agents.supply_chain.inventory import (
    OBSERVED_DAYS,
    _Product,
    backtest,
    probability,
    reorder_candidates,
    stockout_risk,
)
from agents.supply_chain.sample import AS_OF

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.runtime.results import ToolResult
    from agents.runtime.tools import UserData

    DataOf = Callable[[str], UserData]
    Run = Callable[[str], list[tuple[Any, ...]]]

MANAGER, ENGINEER = "warehouse_manager", "field_engineer"


@pytest.mark.parametrize(
    ("z", "upper_tail"),
    # Tables of the normal distribution, e.g. NIST/SEMATECH e-Handbook, 1.3.6.7.1
    [(-3.0, 0.99865), (-1.0, 0.84134), (0.0, 0.5), (0.5, 0.30854), (1.0, 0.15866), (1.645, 0.04998), (2.33, 0.0099)],
)
@pytest.mark.parametrize(("mean", "variance"), [(100.0, 25.0), (40.0, 400.0), (7.5, 1.0)])
def test_the_probability_is_the_normal_upper_tail(z: float, upper_tail: float, mean: float, variance: float) -> None:
    """Stock at z standard deviations above the mean, less half a unit, runs out with the tabled probability."""
    on_hand = mean + z * variance**0.5 - 0.5
    assert probability(on_hand, mean, variance) == pytest.approx(upper_tail, abs=5e-5)


@pytest.mark.parametrize(
    ("on_hand", "mean", "variance", "expected"),
    [
        (0, 0.0, 0.0, 0.0),
        (0, 0.0, 5.0, 0.0),
        (0, -1.0, 5.0, 0.0),
        (3, 3.0, 0.0, 0.0),
        (3, 3.1, 0.0, 1.0),
        (0, 0.1, 0.0, 1.0),
        (10**9, 1.0, 1.0, 0.0),
        (0, 1e9, 1.0, 1.0),
    ],
)
def test_the_probability_at_the_edges(on_hand: int, mean: float, variance: float, expected: float) -> None:
    """Without demand nothing runs out; steady demand decides for certain; the far tails are 0 and 1."""
    assert probability(on_hand, mean, variance) == expected


@given(st.integers(0, 10_000), st.floats(0, 10_000), st.floats(0, 1e6))
def test_more_stock_never_runs_out_sooner(on_hand: int, mean: float, variance: float) -> None:
    """The result is a probability, and falls or stays as stock grows."""
    less, more = (probability(stock, mean, variance) for stock in (on_hand, on_hand + 1))
    assert 0.0 <= more <= less <= 1.0


def product(before: float, actual: float) -> _Product:
    return _Product(product_id="P", name="p", on_hand=0, units=0, squares=0, before=before, actual=actual)


def test_the_backtest_is_the_weighted_error_by_hand() -> None:
    """56 units in 56 days forecast 14 in 14 days; with 10 sold the error is 4, and so on: (4 + 3 + 7) / 20."""
    products = [product(56, 10), product(28, 10), product(28, 0)]
    assert backtest(products, 14) == round((4 + 3 + 7) / 20, 3) == 0.7
    assert backtest([product(56, 14)], 14) == 0.0
    assert backtest([product(0, 14)], 14) == 1.0


def test_the_backtest_is_unknown_without_sales() -> None:
    """Nothing sold since means nothing to compare with, not a perfect forecast."""
    assert backtest([product(56, 0)], 14) is None
    assert backtest([], 14) is None


def _by_hand(full: Run, warehouse: str, horizon: int, territories: tuple[str, ...]) -> tuple[dict[str, float], float]:
    """Probability by product, of those above one half, and the WAPE: from raw rows, in Python alone."""
    daily: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for product_id, day, quantity, territory in full(
        "SELECT l.product_id, h.order_date, l.quantity, h.territory_id FROM sales_order_line l"
        f" JOIN sales_order_header h USING (sales_order_id) WHERE h.warehouse_id = '{warehouse}'"
    ):
        if territory in territories:
            daily[product_id][day] += quantity
    days = [AS_OF - timedelta(days=back) for back in range(1, OBSERVED_DAYS + horizon + 1)]
    listed: dict[str, float] = {}
    errors, actuals = 0.0, 0
    for product_id, on_hand in full(
        f"SELECT product_id, on_hand FROM warehouse_product WHERE warehouse_id = '{warehouse}'"
    ):
        units = [daily[product_id].get(day, 0) for day in days]
        mean = statistics.fmean(units[:OBSERVED_DAYS]) * horizon
        deviation = (statistics.pvariance(units[:OBSERVED_DAYS]) * horizon) ** 0.5
        if mean and deviation:
            chance = 1 - statistics.NormalDist(mean, deviation).cdf(on_hand + 0.5)
        else:
            chance = float(mean > on_hand)
        if chance > 0.5:
            listed[product_id] = chance
        errors += abs(statistics.fmean(units[horizon:]) * horizon - sum(units[:horizon]))
        actuals += sum(units[:horizon])
    return listed, errors / actuals


@pytest.mark.parametrize(
    ("persona", "warehouse", "horizon", "territories"),
    [
        (MANAGER, "WH01", 14, ("T1", "T2", "T3", "T4")),
        (MANAGER, "WH02", 60, ("T1", "T2", "T3", "T4")),
        (MANAGER, "WH01", 1, ("T1", "T2", "T3", "T4")),
        (ENGINEER, "WH03", 28, ("T1", "T3")),
    ],
)
def test_the_listing_is_that_of_an_independent_computation(
    data_of: DataOf, full: Run, persona: str, warehouse: str, horizon: int, territories: tuple[str, ...]
) -> None:
    """The same products, probabilities and back-test come out of raw rows and the standard library."""
    result = stockout_risk.run({"warehouse": warehouse, "horizon_days": horizon}, data=data_of(persona), today=AS_OF)
    expected, wape = _by_hand(full, warehouse, horizon, territories)
    found = {row[0]: row[5] for row in result.table.rows}
    assert found.keys() == expected.keys()
    assert found == pytest.approx(expected, abs=6e-4)
    assert result.value == len(expected)
    assert result.quality == {"products": 2_000, "backtest_wape": pytest.approx(wape, abs=6e-4)}


def stockouts(data_of: DataOf, horizon: int = 14) -> ToolResult:
    return stockout_risk.run({"warehouse": "WH01", "horizon_days": horizon}, data=data_of(MANAGER), today=AS_OF)


def test_the_most_likely_come_first(data_of: DataOf) -> None:
    """The listing is sorted by probability, and says stock, demand and cover of each product."""
    rows = stockouts(data_of).table.rows
    assert len(rows) > 5
    assert [row[5] for row in rows] == sorted((row[5] for row in rows), reverse=True)
    for _, _, on_hand, demand, cover, chance in rows:
        assert 0.5 <= chance <= 1
        assert cover == pytest.approx(on_hand / demand, rel=0.2, abs=0.1) or demand < 0.1


def test_a_figure_says_how_it_was_made(data_of: DataOf) -> None:
    """Method, parameters, date, units and the digest of its rows come with it, the same every time."""
    first, second, other = stockouts(data_of), stockouts(data_of), stockouts(data_of, 15)
    assert first == second
    assert first.parameters == {"warehouse": "WH01", "horizon_days": 14, "probability_above": 0.5}
    assert (first.as_of, "56 days" in first.method, "WH01" in first.units) == (AS_OF, True, True)
    assert first.inputs_digest.startswith("sha256:")
    assert first.inputs_digest != other.inputs_digest


@pytest.mark.parametrize(("persona", "warehouse"), [(MANAGER, "WH03"), (MANAGER, "WH99"), (ENGINEER, "WH02")])
def test_a_warehouse_without_visible_stock_is_an_error(data_of: DataOf, persona: str, warehouse: str) -> None:
    """One that does not exist and one that is another's read the same."""
    with pytest.raises(InvalidError, match=f"you see no stock in {warehouse}"):
        stockout_risk.run({"warehouse": warehouse, "horizon_days": 14}, data=data_of(persona), today=AS_OF)


def test_reorder_candidates_are_at_or_below_their_point(data_of: DataOf, full: Run) -> None:
    """Largest gap first, and the same products as a plain filter over all rows finds."""
    result = reorder_candidates.run({"warehouse": "WH01"}, data=data_of(MANAGER), today=AS_OF)
    expected = full("SELECT product_id, on_hand, reorder_point FROM warehouse_product WHERE warehouse_id = 'WH01'")
    below = {row for row in expected if row[1] <= row[2] and row[2] > 0}
    assert {(row[0], row[2], row[3]) for row in result.table.rows} == below
    gaps = [row[4] for row in result.table.rows]
    assert gaps == sorted(gaps, reverse=True)
    assert result.value == len(below) > 0

"""A query must end the same whatever the rows hold that its asker may not see: also its failures are answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.access.principal import Caller, Principal
from agents.adapters.duckdb import DuckDbEngine
from agents.deadline import Deadline
from agents.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agents.access.gateway import SqlGateway

# What fails on a value that a condition picks out; `{hit}` is true for one hidden row only.
TRAPS = (
    "CAST(CASE WHEN {hit} THEN 'x' ELSE '1' END AS INTEGER) > 0",
    "CAST(CASE WHEN {hit} THEN 9223372036854775807 ELSE 1 END AS BIGINT) * LENGTH({key}) > 0",
    "CAST(CASE WHEN {hit} THEN '2026-99-99' ELSE '2026-01-01' END AS DATE) IS NOT NULL",
    "CASE WHEN {hit} THEN CAST('x' || CAST({key} AS VARCHAR) AS INTEGER) ELSE 1 END = 1",
)
# For each persona: a governed table, its key, and a row that is not the persona's.
HIDDEN = (
    ("wanda", "warehouse_manager", "warehouse_product", "warehouse_id", "WH05"),
    ("wanda", "warehouse_manager", "sales_order_header", "warehouse_id", "WH05"),
    ("wanda", "warehouse_manager", "sales_order_line", "sales_order_id", None),
    ("felix", "field_engineer", "warehouse_product", "warehouse_id", "WH02"),
    ("felix", "field_engineer", "sales_order_header", "territory_id", "T2"),
    ("felix", "field_engineer", "sales_order_line", "sales_order_id", None),
)
SHAPES = (
    "SELECT COUNT(*) FROM {table} WHERE {trap}",
    "SELECT COUNT(*) FROM (SELECT * FROM {table}) AS t WHERE {trap}",
    "SELECT COUNT(*) FROM {table} JOIN product ON {trap}",
    "WITH t AS (SELECT * FROM {table} WHERE {trap}) SELECT COUNT(*) FROM t",
    "SELECT SUM(CASE WHEN {trap} THEN 1 ELSE 0 END) FROM {table}",
    "SELECT COUNT(*) FROM {table} GROUP BY {key} HAVING MIN(CASE WHEN {trap} THEN 1 ELSE 0 END) > 5",
)

# With a condition that the guard takes over beside one that fails: the fence must hold between the two.
PRUNED_SHAPES = (
    "SELECT COUNT(*) FROM {table} WHERE order_month >= '2020-01' AND {trap}",
    "SELECT COUNT(*) FROM {table} AS t WHERE {trap} AND t.order_month BETWEEN '2020-01' AND '2030-12'",
)


@pytest.fixture(scope="module")
def query(gateway: SqlGateway) -> Callable[[str, str, str], str]:
    """How a statement ends for a person: its rows, or that it failed."""

    def run(subject: str, persona: str, statement: str) -> str:
        who = Principal(subject=subject, tenant="default", groups=frozenset({persona}), persona=persona)
        try:
            rows = gateway.query(statement, Caller(principal=who, token=""), deadline=Deadline.after(20))
        except UnavailableError:
            return "failed"
        return str(rows.rows)

    return run


@pytest.fixture(scope="module")
def hidden_order(sample: Path) -> dict[str, str]:
    """An order that each persona may not see."""
    engine = DuckDbEngine(sample)
    header = "SELECT MIN(sales_order_id) FROM sales_order_header WHERE"
    found = {
        "wanda": engine.execute(f"{header} warehouse_id = 'WH05'", max_rows=1, deadline=Deadline.after(20)),
        "felix": engine.execute(f"{header} territory_id = 'T2'", max_rows=1, deadline=Deadline.after(20)),
    }
    return {subject: str(rows.rows[0][0]) for subject, rows in found.items()}


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize(
    ("subject", "persona", "table", "key", "value", "shape"),
    [(*hidden, shape) for hidden in HIDDEN for shape in (*SHAPES, *(PRUNED_SHAPES if "order" in hidden[2] else ()))],
    ids=str,
)
def test_a_hidden_value_cannot_make_a_query_fail(
    query: Callable[[str, str, str], str],
    hidden_order: dict[str, str],
    subject: str,
    persona: str,
    table: str,
    key: str,
    value: str | None,
    trap: str,
    shape: str,
) -> None:
    """A condition that fails on a hidden row ends as one that names a row that does not exist."""
    ends = []
    for target in (value or hidden_order[subject], "NO-SUCH-ROW"):
        condition = trap.format(hit=f"{key} = '{target}'", key=key)
        ends.append(query(subject, persona, shape.format(table=table, key=key, trap=condition)))
    assert ends[0] == ends[1] != "failed"


def test_the_traps_do_fail_on_rows_that_may_be_seen(query: Callable[[str, str, str], str]) -> None:
    """The same conditions on an own row fail, so the test above can."""
    for trap in TRAPS:
        condition = trap.format(hit="warehouse_id = 'WH01'", key="warehouse_id")
        statement = f"SELECT COUNT(*) FROM warehouse_product WHERE {condition}"
        assert query("wanda", "warehouse_manager", statement) == "failed", trap

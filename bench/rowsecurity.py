"""Row security: a mix of three queries and a denial through rewrite and verifier, against parse and generate alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from agents.access.principal import Principal
from agents.access.rewrite import rewrite
from agents.access.verify import verify
from agents.errors import ForbiddenError
from agents.supply_chain.policy import CATALOGUE, POLICY
from bench.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

NAME, TARGET = "rowsecurity", Target(ratio_at_most=2.0)

WHO = Principal(
    subject="wanda",
    tenant="default",
    groups=frozenset({"warehouse_manager"}),
    persona="warehouse_manager",
    attributes={"warehouses": ("WH01", "WH02")},
)
QUERIES = (
    """SELECT p.category, SUM(l.quantity) AS units FROM sales_order_header h
    JOIN sales_order_line l ON l.sales_order_id = h.sales_order_id JOIN product p ON p.product_id = l.product_id
    WHERE h.order_date >= DATE '2026-05-31' GROUP BY p.category ORDER BY units DESC LIMIT 10""",
    """WITH low AS (SELECT product_id, on_hand FROM warehouse_product WHERE on_hand <= reorder_point)
    SELECT p.name, low.on_hand FROM low JOIN product p ON p.product_id = low.product_id WHERE p.category = 'pumps'""",
    "SELECT warehouse_id, COUNT(*) AS products, AVG(on_hand) AS mean FROM warehouse_product GROUP BY warehouse_id",
)
_DENIED = "SELECT user_id FROM user_warehouse WHERE warehouse_id = 'WH05'"


def ours() -> Callable[[], object]:
    def mix() -> None:
        for query in QUERIES:
            safe = rewrite(query, WHO, CATALOGUE, POLICY, "duckdb")
            verify(safe.statement, WHO, CATALOGUE, POLICY, "duckdb")
        try:
            rewrite(_DENIED, WHO, CATALOGUE, POLICY, "duckdb")
        except ForbiddenError:
            return
        raise AssertionError("the denial was not denied")

    return mix


def peer() -> Callable[[], object]:
    def mix() -> None:
        for query in (*QUERIES, _DENIED):
            sqlglot.parse_one(query, dialect="duckdb").sql(dialect="duckdb")

    return mix


def same() -> None:
    """Outside the guards nothing of a query changes: the same columns are selected."""
    for query in QUERIES:
        safe = rewrite(query, WHO, CATALOGUE, POLICY, "duckdb")
        parsed, rewritten = (sqlglot.parse_one(sql, dialect="duckdb") for sql in (query, safe.statement))
        assert isinstance(parsed, exp.Query)
        assert isinstance(rewritten, exp.Query)
        assert parsed.named_selects == rewritten.named_selects

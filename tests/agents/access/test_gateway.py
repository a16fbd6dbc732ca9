"""What comes through the gateway, compared with a database that holds nothing but the permitted rows."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.access.grammar import MAX_ROWS
from agents.deadline import Deadline
from agents.errors import DeadlineError, ForbiddenError, InvalidError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from agents.access.gateway import SqlGateway
    from agents.access.ports import Rows
    from agents.access.principal import Caller

    Databases = dict[str, duckdb.DuckDBPyConnection]
    Plain = Callable[[object], list[tuple[object, ...]]]

COMMON = (
    "SELECT * FROM product",
    "select PRODUCT_ID, Name from PRODUCT order by 1 limit 7",
    'SELECT "product_id", "Category" FROM "product" WHERE "unit_cost" > 20.50 ORDER BY 1',
    "SELECT p.\"unit_cost\", P.list_price FROM \"Product\" AS P WHERE p.product_id IN ('P0001', 'P0002')",
    "SELECT warehouse_id, COUNT(*) AS n, SUM(on_hand) AS units, AVG(on_hand) AS mean FROM warehouse_product GROUP BY 1",
    "SELECT COUNT(*) FROM warehouse_product",
    "SELECT DISTINCT warehouse_id FROM warehouse_product",
    (
        "SELECT p.category, SUM(s.on_hand * p.unit_cost) FROM warehouse_product s JOIN product p USING (product_id)"
        " GROUP BY p.category HAVING SUM(s.on_hand) > 10"
    ),
    (
        "SELECT p.product_id, s.on_hand FROM product p LEFT JOIN warehouse_product s"
        " ON s.product_id = p.product_id AND s.warehouse_id = 'WH03' WHERE p.product_id < 'P0100'"
    ),
    (
        "SELECT s.warehouse_id FROM product p RIGHT JOIN warehouse_product s ON p.product_id = s.product_id"
        " WHERE s.on_hand = 0"
    ),
    (
        "SELECT COUNT(*) FROM warehouse_product a, warehouse_product b"
        " WHERE a.product_id = b.product_id AND a.warehouse_id < b.warehouse_id"
    ),
    (
        "SELECT a.warehouse_id, b.warehouse_id, COUNT(*) FROM warehouse_product a CROSS JOIN warehouse_product b"
        " WHERE a.product_id = b.product_id AND a.on_hand = b.on_hand GROUP BY 1, 2"
    ),
    (
        "WITH low AS (SELECT * FROM warehouse_product WHERE on_hand <= reorder_point)"
        " SELECT l.warehouse_id, COUNT(*) FROM low AS l GROUP BY l.warehouse_id"
    ),
    (
        "WITH a AS (SELECT product_id, on_hand FROM warehouse_product), b AS (SELECT product_id, MAX(on_hand) AS most"
        " FROM a GROUP BY product_id) SELECT b.product_id, b.most FROM b JOIN a ON a.product_id = b.product_id"
        " AND a.on_hand = b.most WHERE b.most > 100"
    ),
    'WITH A AS (SELECT 1 AS x) SELECT x FROM a UNION ALL SELECT x + 1 FROM "A"',
    (
        "WITH a AS (WITH a AS (SELECT warehouse_id FROM warehouse_product) SELECT DISTINCT warehouse_id FROM a)"
        " SELECT * FROM a"
    ),
    "SELECT * FROM (WITH c AS (SELECT category FROM product) SELECT category, COUNT(*) AS n FROM c GROUP BY 1) AS t",
    (
        "SELECT warehouse_id FROM warehouse_product WHERE on_hand > 200 UNION SELECT product_id FROM product"
        " WHERE unit_cost > 150"
    ),
    "SELECT product_id FROM product EXCEPT SELECT product_id FROM warehouse_product WHERE on_hand > 20",
    "SELECT product_id FROM product INTERSECT SELECT product_id FROM warehouse_product WHERE on_hand = 0",
    "SELECT product_id FROM product WHERE product_id IN (SELECT product_id FROM warehouse_product WHERE on_hand = 1)",
    (
        "SELECT product_id FROM product p WHERE EXISTS (SELECT 1 FROM warehouse_product s WHERE s.product_id ="
        " p.product_id AND s.on_hand > 250)"
    ),
    (
        "SELECT product_id FROM product p WHERE NOT EXISTS (SELECT 1 FROM warehouse_product s WHERE s.product_id ="
        " p.product_id AND s.on_hand > 3)"
    ),
    "SELECT (SELECT COUNT(*) FROM warehouse_product) AS stock, (SELECT MAX(list_price) FROM product) AS dearest",
    (
        "SELECT p.product_id, (SELECT SUM(on_hand) FROM warehouse_product s WHERE s.product_id = p.product_id) AS units"
        " FROM product p WHERE p.category = 'pumps'"
    ),
    "SELECT COUNT(*) FROM warehouse_product WHERE 1 = 1 OR warehouse_id = 'WH05'",
    "SELECT DISTINCT warehouse_id FROM warehouse_product WHERE warehouse_id NOT IN ('WH01') OR TRUE",
    "SELECT CASE WHEN on_hand = 0 THEN 'none' ELSE 'some' END AS state, COUNT(*) FROM warehouse_product GROUP BY 1",
    (
        "SELECT warehouse_id, product_id FROM (SELECT warehouse_id, product_id, ROW_NUMBER() OVER (PARTITION BY"
        " warehouse_id ORDER BY on_hand DESC, product_id) AS place FROM warehouse_product) AS t WHERE place <= 3"
    ),
    "SELECT UPPER(category) AS c, ROUND(AVG(unit_cost), 2) FROM product GROUP BY UPPER(category) ORDER BY c",
    "SELECT product_id AS warehouse_product, name AS sales_order_header FROM product LIMIT 5000",
    "SELECT sales_order_header.product_id FROM product AS sales_order_header WHERE unit_cost < 2",
    "SELECT x.product_id FROM (product) AS x WHERE x.unit_cost < 2",
    "SELECT p.product_id -- the key\nFROM product p /* all */ WHERE p.unit_cost > 100 -- ; DROP TABLE product",
    "SELECT * FROM product WHERE name = 'x''; SELECT * FROM warehouse; --'",
    "SELECT 1",
    "SELECT COUNT(*) FROM product WHERE FALSE",
)
SALES = (
    "SELECT warehouse_id, territory_id, COUNT(*) FROM sales_order_header GROUP BY 1, 2",
    "SELECT COUNT(*), SUM(quantity), MIN(sales_order_id), MAX(sales_order_id) FROM sales_order_line",
    (
        "SELECT SUM(l.quantity * l.unit_price) AS revenue FROM sales_order_header h JOIN sales_order_line l"
        " ON l.sales_order_id = h.sales_order_id WHERE h.order_date >= DATE '2026-06-01'"
    ),
    (
        "SELECT DATE_TRUNC('month', h.order_date) AS month, SUM(l.quantity) FROM sales_order_header h"
        " JOIN sales_order_line l USING (sales_order_id) GROUP BY 1 ORDER BY 1"
    ),
    "SELECT 1 FROM sales_order_line WHERE sales_order_id NOT IN (SELECT sales_order_id FROM sales_order_header)",
    (
        "SELECT COUNT(*) FROM sales_order_line l LEFT JOIN sales_order_header h ON h.sales_order_id = l.sales_order_id"
        " WHERE h.sales_order_id IS NULL"
    ),
    "SELECT order_date, warehouse_id FROM sales_order_header WHERE status = 'open' ORDER BY 1, 2 LIMIT 20 OFFSET 5",
    "SELECT EXTRACT(year FROM order_date) AS y, COUNT(DISTINCT warehouse_id) FROM sales_order_header GROUP BY 1",
    (
        'WITH "Recent" AS (SELECT * FROM "SALES_ORDER_HEADER" WHERE order_date > DATE \'2026-06-20\')'
        " SELECT r.warehouse_id, COUNT(*) FROM recent r JOIN sales_order_line l ON l.sales_order_id = r.sales_order_id"
        " GROUP BY r.warehouse_id"
    ),
    (
        "SELECT h.warehouse_id, s.warehouse_id, COUNT(*) FROM sales_order_header h FULL JOIN warehouse_product s"
        " ON h.warehouse_id = s.warehouse_id AND s.product_id = 'P0001' GROUP BY 1, 2"
    ),
)
PURCHASES = (
    "SELECT status, COUNT(*) FROM purchase_order_header GROUP BY status",
    (
        "SELECT h.supplier, SUM(l.quantity * l.unit_cost) FROM purchase_order_header h JOIN purchase_order_line l"
        " ON l.purchase_order_id = h.purchase_order_id GROUP BY h.supplier ORDER BY 2 DESC LIMIT 5"
    ),
    "SELECT warehouse_id, MIN(due_date) FROM purchase_order_header WHERE status = 'open' GROUP BY warehouse_id",
)
LEGAL = [
    (persona, query)
    for persona, own in (
        ("warehouse_manager", SALES),
        ("field_engineer", SALES),
        ("procurement_specialist", PURCHASES),
    )
    for query in (*COMMON, *own)
]


def ask(gateway: SqlGateway, statement: str, caller: Caller) -> Rows:
    return gateway.query(statement, caller, deadline=Deadline.after(20))


@pytest.mark.parametrize(("persona", "query"), LEGAL)
def test_a_query_sees_the_permitted_rows_and_no_others(
    gateway: SqlGateway, callers: dict[str, Caller], permitted: Databases, plain: Plain, persona: str, query: str
) -> None:
    """Every legal query gives what it would give if the other rows did not exist."""
    found = ask(gateway, query, callers[persona])
    cursor = permitted[persona].execute(query)
    assert [column.lower() for column in found.columns] == [column[0].lower() for column in cursor.description]
    assert not found.truncated
    assert plain(found.rows) == plain(cursor.fetchall())


def test_a_person_without_attributes_sees_no_rows(gateway: SqlGateway, callers: dict[str, Caller]) -> None:
    """A manager who is responsible for nothing sees the products, and no stock or sales."""
    caller = callers["warehouse_manager"]
    nobody = dataclasses.replace(caller, principal=dataclasses.replace(caller.principal, subject="nobody"))
    tables = ("product", "warehouse_product", "sales_order_header", "sales_order_line")
    counts = [ask(gateway, f"SELECT COUNT(*) FROM {table}", nobody).rows[0][0] for table in tables]
    assert counts == [2_000, 0, 0, 0]


def test_attributes_of_a_caller_come_from_the_tables(gateway: SqlGateway, callers: dict[str, Caller]) -> None:
    """What a request claims about its warehouses is overwritten by what the server's tables say."""
    caller = callers["warehouse_manager"]
    claimed = dataclasses.replace(caller.principal, attributes={"warehouses": ("WH01", "WH02", "WH05")})
    rows = ask(
        gateway, "SELECT DISTINCT warehouse_id FROM warehouse_product", dataclasses.replace(caller, principal=claimed)
    )
    assert sorted(rows.rows) == [("WH01",), ("WH02",)]


def test_a_caller_without_a_persona_reads_nothing(gateway: SqlGateway, callers: dict[str, Caller]) -> None:
    """No persona, no table."""
    caller = callers["warehouse_manager"]
    nothing = dataclasses.replace(caller, principal=dataclasses.replace(caller.principal, persona=None))
    with pytest.raises(ForbiddenError):
        ask(gateway, "SELECT * FROM product", nothing)


def test_a_result_is_capped_and_says_so(gateway: SqlGateway, callers: dict[str, Caller]) -> None:
    """More rows than the cap are cut to it and marked, whatever LIMIT was asked for."""
    for limit in ("", " LIMIT 5001", " LIMIT 999999999"):
        rows = ask(gateway, f"SELECT sales_order_id FROM sales_order_header{limit}", callers["warehouse_manager"])
        assert (len(rows.rows), rows.truncated) == (MAX_ROWS, True)
    rows = ask(gateway, "SELECT sales_order_id FROM sales_order_header LIMIT 5000", callers["warehouse_manager"])
    assert (len(rows.rows), rows.truncated) == (MAX_ROWS, False)


def test_no_query_starts_after_the_deadline(gateway: SqlGateway, callers: dict[str, Caller]) -> None:
    """When the time is up there is no answer, and no work."""
    with pytest.raises(DeadlineError):
        gateway.query("SELECT 1", callers["warehouse_manager"], deadline=Deadline(0.0, lambda: 1.0))


# Names that a WITH may take or a FROM may name: granted, not granted, the engine's own, and plain ones.
NAMES = ("product", "sales_order_header", "warehouse", "duckdb_views", "sqlite_master", "pg_tables", "a", "B", "b")


@settings(max_examples=300)
@example(outer="a", body="product", inner="duckdb_views", inside="product", after="duckdb_views")
@example(outer="duckdb_views", body="duckdb_views", inner="a", inside="product", after="duckdb_views")
@example(outer="a", body="b", inner="b", inside="product", after="a")
@given(**{place: st.sampled_from(NAMES) for place in ("outer", "body", "inner", "inside", "after")})
def test_a_name_never_escapes_its_scope(
    gateway: SqlGateway, callers: dict[str, Caller], permitted: Databases, plain: Plain, **names: str
) -> None:
    """Wherever WITH defines a name, using it elsewhere does not reach a table, view or file of that name."""
    query = (
        "WITH {outer} AS (SELECT COUNT(*) AS n FROM {body}) SELECT * FROM"
        " (WITH {inner} AS (SELECT COUNT(*) AS n FROM {inside}) SELECT n FROM {inner}) AS x, {after} AS y"
    ).format(**names)
    try:
        found = ask(gateway, query, callers["procurement_specialist"])
    except (InvalidError, ForbiddenError, UnavailableError):
        return
    assert plain(found.rows) == plain(permitted["procurement_specialist"].execute(query).fetchall())

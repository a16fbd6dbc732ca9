"""Attempts to read what is not permitted: each is refused, or gives no more than the permitted rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.deadline import Deadline
from agents.errors import ForbiddenError, InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import duckdb

    from agents.access.gateway import SqlGateway
    from agents.access.principal import Caller

    Databases = dict[str, duckdb.DuckDBPyConnection]
    Plain = Callable[[object], list[tuple[object, ...]]]

MANAGER, ENGINEER, BUYER = "warehouse_manager", "field_engineer", "procurement_specialist"
STOCK = "SELECT warehouse_id, COUNT(*) AS n FROM warehouse_product GROUP BY warehouse_id"
_MAY = "FOLDER/sales_order_header/order_month=2026-05/sales_order_header.parquet"  # a file that exists

# `FOLDER` becomes the folder of the Parquet files: assume that the attacker knows it.
REFUSED = {
    "qualified names": (
        "SELECT * FROM main.warehouse_product",
        "SELECT * FROM memory.main.warehouse_product",
        'SELECT * FROM "main"."product"',
        "SELECT * FROM system.information_schema.tables",
        "SELECT * FROM main.product AS product",
        "SELECT * FROM product, main.warehouse_product",
    ),
    "catalogues": (
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM information_schema.columns",
        "SELECT * FROM pg_catalog.pg_tables",
        "SELECT * FROM pg_tables",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM duckdb_views",
        "SELECT sql FROM duckdb_views()",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM duckdb_secrets()",
        'SELECT * FROM "product$files"',
        'SELECT * FROM "duckdb_views"',
        "SELECT current_setting('allowed_directories')",
        "SELECT getenv('HOME')",
        "SELECT current_user",
        "SELECT version()",
    ),
    "names of WITH": (
        "WITH warehouse_product AS (SELECT 1 AS n) SELECT * FROM warehouse_product",
        "WITH Sales_Order_Header AS (SELECT 1 AS n) SELECT n FROM sales_order_header",
        'WITH "warehouse" AS (SELECT * FROM product) SELECT * FROM warehouse',
        "WITH user_warehouse AS (SELECT * FROM user_warehouse) SELECT * FROM user_warehouse",
        "SELECT v.* FROM (WITH duckdb_views AS (SELECT 1 AS a) SELECT a FROM duckdb_views) x, duckdb_views v",
        "WITH duckdb_views AS (SELECT * FROM duckdb_views) SELECT * FROM duckdb_views",
        "WITH a AS (SELECT * FROM duckdb_views), duckdb_views AS (SELECT 1 AS b) SELECT * FROM a",
        'WITH "duc\u212adb_views" AS (SELECT 1 AS b) SELECT * FROM duckdb_views',
        (
            'WITH "FOLDER/warehouse/warehouse.parquet" AS (SELECT 1 AS a)'
            ' SELECT * FROM "FOLDER/warehouse/warehouse.parquet"'
        ),
        (f'SELECT v.* FROM (WITH "{_MAY}" AS (SELECT 1 AS a) SELECT a FROM "{_MAY}") x, "{_MAY}" v'),
        (
            'WITH "FOLDER/user_warehouse/user_warehouse.parquet" AS'
            ' (SELECT * FROM "FOLDER/user_warehouse/user_warehouse.parquet")'
            ' SELECT * FROM "FOLDER/user_warehouse/user_warehouse.parquet"'
        ),
        (
            "SELECT * FROM product WHERE EXISTS (WITH sqlite_master AS (SELECT 1) SELECT 1)"
            " AND EXISTS (SELECT 1 FROM sqlite_master)"
        ),
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT * FROM r",
    ),
    "functions that read": (
        "SELECT * FROM read_parquet('FOLDER/warehouse_product/warehouse_product.parquet')",
        "SELECT * FROM parquet_scan('FOLDER/*/*.parquet')",
        "SELECT * FROM parquet_metadata('FOLDER/product/product.parquet')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_csv_auto('/etc/passwd', delim=':')",
        "SELECT * FROM read_json('/etc/hostname')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('FOLDER/*')",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT * FROM range(10)",
        "SELECT * FROM generate_series(1, 10)",
        "SELECT * FROM query('SELECT * FROM warehouse')",
        "SELECT * FROM query_table('warehouse')",
        "SELECT * FROM product, TABLE(unnest([1]))",
    ),
    "files as tables": (
        "SELECT * FROM 'FOLDER/warehouse_product/warehouse_product.parquet'",
        'SELECT * FROM "FOLDER/warehouse_product/warehouse_product.parquet"',
        "SELECT * FROM 'file.parquet'",
        "SELECT * FROM 'https://example.com/x.parquet'",
        "SELECT * FROM product UNION SELECT * FROM 'FOLDER/product/product.parquet'",
        "SELECT (SELECT COUNT(*) FROM 'FOLDER/warehouse_product/warehouse_product.parquet')",
    ),
    "other statements": (
        "COPY product TO '/tmp/x.csv'",
        "COPY (SELECT * FROM product) TO '/tmp/x.csv'",
        "ATTACH 'x.db' AS x",
        "DETACH memory",
        "PRAGMA database_list",
        "PRAGMA show_tables",
        "SET enable_external_access=true",
        "RESET lock_configuration",
        "INSTALL httpfs",
        "LOAD httpfs",
        "EXPLAIN SELECT * FROM warehouse_product",
        "EXPLAIN ANALYZE SELECT * FROM warehouse_product",
        "CALL pragma_version()",
        "VALUES (1), (2)",
        "DESCRIBE warehouse_product",
        "DESCRIBE SELECT 1",
        "SUMMARIZE warehouse_product",
        "SHOW TABLES",
        "SHOW ALL TABLES",
        "USE memory",
        "CHECKPOINT",
        "EXPORT DATABASE 'x'",
        "UNLOAD (SELECT 1) TO 's3://x'",
        "CREATE TABLE x AS SELECT * FROM warehouse",
        "CREATE MACRO f() AS TABLE SELECT * FROM warehouse",
        "INSERT INTO user_warehouse VALUES ('wanda', 'WH05')",
        "INSERT INTO user_warehouse SELECT * FROM user_warehouse",
        "UPDATE user_warehouse SET warehouse_id = 'WH05'",
        "DELETE FROM product",
        "DROP VIEW product",
        "ALTER TABLE product RENAME TO x",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "BEGIN",
        "GRANT SELECT ON product TO PUBLIC",
        "MERGE INTO product USING product ON TRUE WHEN MATCHED THEN DELETE",
        "(SELECT * FROM product)",
        "TABLE warehouse",
    ),
    "several statements": (
        "SELECT 1; SELECT 2",
        "SELECT 1; SELECT * FROM warehouse_product",
        "SELECT * FROM product; DROP VIEW product",
        "SELECT 1 /* ; */; COPY product TO '/tmp/x'",
        "SELECT 1 -- \n; SELECT * FROM main.warehouse_product",
        "; DROP VIEW product",
    ),
    "clauses": (
        "SELECT * FROM product FOR UPDATE",
        "SELECT * FROM product FOR SHARE",
        "SELECT * INTO x FROM product",
        "SELECT * FROM product TABLESAMPLE 10%",
        "SELECT * FROM product USING SAMPLE 5",
        "SELECT * FROM warehouse_product TABLESAMPLE reservoir(5)",
        "PIVOT warehouse_product ON warehouse_id USING SUM(on_hand)",
        "SELECT * FROM warehouse_product PIVOT (SUM(on_hand) FOR warehouse_id IN ('WH01', 'WH05'))",
        "UNPIVOT warehouse_product ON on_hand INTO NAME n VALUE v",
        "SELECT * FROM product p, LATERAL (SELECT * FROM warehouse_product s WHERE s.product_id = p.product_id) t",
        "SELECT * FROM product CROSS JOIN LATERAL (SELECT 1) AS t",
        "SELECT UNNEST([1, 2, 3])",
        "SELECT * FROM UNNEST([1, 2])",
        "SELECT * FROM warehouse_product QUALIFY ROW_NUMBER() OVER (ORDER BY on_hand) = 1",
        "SELECT SUM(on_hand) OVER w FROM warehouse_product WINDOW w AS (PARTITION BY warehouse_id)",
        "SELECT * FROM (VALUES (1)) AS t(a)",
        "SELECT COLUMNS('.*') FROM product",
        "SELECT list(product_id) FROM product",
        "SELECT [x FOR x IN [1, 2]]",
        "SELECT {'a': 1}",
        "SELECT product_id FROM product LIMIT (SELECT COUNT(*) FROM product)",
        "SELECT product_id FROM product LIMIT 10%",
        "SELECT product_id FROM product LIMIT -1",
        "SELECT product_id FROM product LIMIT ²",
        "SELECT product_id FROM product OFFSET (SELECT 1)",
        "SELECT product_id FROM product FETCH FIRST 5 ROWS ONLY",
        "SELECT * FROM product AT (VERSION => 1)",
    ),
    "placeholders": (
        "SELECT * FROM product WHERE product_id = ?",
        "SELECT * FROM product WHERE product_id = $1",
        "SELECT * FROM product WHERE product_id = :id",
        "SELECT * FROM IDENTIFIER('warehouse')",
    ),
    "size and shape": (
        "",
        "   \n\t",
        "-- only a comment",
        "/* only */",
        "SELECT",
        "SELECT FROM WHERE",
        "SELECT * FROM",
        "SELECT 'open",
        "SELECT * FROM product /* open",
        "SELECT\x00 1",
        "SELECT 1\x1b",
        "SELECT '\ud800'",
        "SELECT " + "(" * 300 + "1" + ")" * 300,
        "SELECT " + "(SELECT " * 60 + "1" + ")" * 60,
        "SELECT " + "CASE WHEN TRUE THEN " * 200 + "1" + " END" * 200,
        "SELECT " + " NOT " * 1_000 + "TRUE",
        "SELECT " + "- " * 5_000 + "1",
        "SELECT 1 WHERE 1 IN (" + ",".join(map(str, range(200_000))) + ")",
        "SELECT 1 WHERE 1 IN (" + ",".join("1" * 7_000) + ")",
        "SELECT " + "1 + " * 3_000 + "1",
        "SELECT '" + "x" * 20_000 + "'",
    ),
}
NOT_GRANTED = {
    MANAGER: (
        "warehouse", "territory", "user_warehouse", "user_territory", "purchase_order_header", "purchase_order_line",
    ),
    ENGINEER: (
        "warehouse", "territory", "user_warehouse", "user_territory", "purchase_order_header", "purchase_order_line",
    ),
    BUYER: (
        "warehouse", "territory", "user_warehouse", "user_territory", "sales_order_header", "sales_order_line",
    ),
}  # fmt: skip
WAYS = (
    "SELECT * FROM {table}",
    'SELECT COUNT(*) FROM "{table}"',
    "SELECT 1 FROM product WHERE EXISTS (SELECT 1 FROM {table})",
    "WITH a AS (SELECT * FROM {table}) SELECT 1 FROM a",
    "SELECT product_id FROM product UNION SELECT 'x' FROM {table}",
    "SELECT p.product_id FROM product p JOIN {table} AS product ON TRUE",
    "SELECT (SELECT MAX(1) FROM {table})",
    "SELECT product_id FROM product ORDER BY (SELECT COUNT(*) FROM {table})",
    "SELECT SUM(1) OVER (ORDER BY (SELECT COUNT(*) FROM {table})) FROM product",
    "SELECT * FROM product AS a JOIN (SELECT * FROM (SELECT * FROM {table}) AS b) AS c ON TRUE",
)
# Legal as SQL: what they give must be what a database without the other rows gives.
HARMLESS = (
    "SELECT 1" + " UNION SELECT 1" * 1_000,
    "SELECT DISTINCT warehouse_id FROM warehouse_product WHERE warehouse_id = 'WH05' OR 1 = 1",
    "SELECT DISTINCT warehouse_id FROM warehouse_product AS product",
    "SELECT DISTINCT w.warehouse_id FROM warehouse_product AS w(warehouse_id) WHERE TRUE --",
    f"{STOCK} UNION ALL {STOCK}",
    (
        "SELECT warehouse_id, FIRST_PLACE FROM (SELECT warehouse_id, RANK() OVER (ORDER BY on_hand DESC) AS first_place"
        " FROM warehouse_product) AS t WHERE first_place < 3"
    ),
    "SELECT MAX(warehouse_id) FROM warehouse_product GROUP BY ROLLUP (product_id) LIMIT 3",
    (
        "SELECT COUNT(*) FROM warehouse_product a JOIN warehouse_product b ON a.product_id = b.product_id OR TRUE"
        " WHERE a.product_id = 'P0001' AND b.product_id = 'P0001'"
    ),
    "SELECT COUNT(*) FROM warehouse_product WHERE warehouse_id IS NULL OR warehouse_id IS NOT NULL",
    "SELECT COUNT(*) FROM product WHERE 'WH05' IN (SELECT warehouse_id FROM warehouse_product)",
    "FROM warehouse_product SELECT DISTINCT warehouse_id",
    "SELECT COUNT(*) FROM product NATURAL JOIN warehouse_product",
    "SELECT DISTINCT warehouse_id FROM product POSITIONAL JOIN warehouse_product",
    "SELECT p.product_id FROM product p ANTI JOIN warehouse_product s ON s.product_id = p.product_id",
    "SELECT COUNT(*) FROM product p SEMI JOIN warehouse_product s ON s.product_id = p.product_id",
    "SELECT * EXCLUDE (on_hand) FROM warehouse_product WHERE product_id = 'P0007'",
    "SELECT COUNT(*) FROM warehouse_product GROUP BY ALL",
    "SELECT warehouse_product FROM warehouse_product WHERE product_id = 'P0001'",
    "SELECT rowid FROM warehouse_product",
    "SELECT filename FROM warehouse_product",
    "SELECT on_hand FROM warehouse_product WHERE CAST(warehouse_id AS INTEGER) = 1",
    "SELECT 1 / 0 FROM warehouse_product WHERE warehouse_id = 'WH05'",
    "SELECT COUNT(*) FROM (SELECT warehouse_id FROM warehouse_product WHERE warehouse_id > 'WH00') AS warehouse",
)


@pytest.mark.parametrize(
    ("kind", "attack"),
    [(kind, attack) for kind, attacks in REFUSED.items() for attack in attacks],
    ids=lambda v: v[:60],
)
def test_an_attack_is_refused(
    gateway: SqlGateway, callers: dict[str, Caller], sample: Path, kind: str, attack: str
) -> None:
    """What is not one plain SELECT over granted tables never reaches the engine, whoever sends it."""
    for caller in callers.values():
        with pytest.raises((InvalidError, ForbiddenError)):
            gateway.query(attack.replace("FOLDER", sample.as_posix()), caller, deadline=Deadline.after(10))


@pytest.mark.parametrize(
    ("persona", "table", "way"),
    [(persona, table, way) for persona, tables in NOT_GRANTED.items() for table in tables for way in WAYS],
)
def test_a_table_that_is_not_granted_is_forbidden(
    gateway: SqlGateway, callers: dict[str, Caller], persona: str, table: str, way: str
) -> None:
    """Where people work and other departments' orders stay closed, wherever in a statement they are named."""
    with pytest.raises(ForbiddenError):
        gateway.query(way.format(table=table), callers[persona], deadline=Deadline.after(10))


def test_a_table_that_does_not_exist_reads_as_one_that_is_closed(
    gateway: SqlGateway, callers: dict[str, Caller]
) -> None:
    """Probing for names teaches nothing: both are refused in the same words."""
    refusals = []
    for table in ("user_warehouse", "no_such_table_"):
        with pytest.raises(ForbiddenError) as refused:
            gateway.query(f"SELECT * FROM {table}", callers[MANAGER], deadline=Deadline.after(10))
        refusals.append(str(refused.value).replace(table, "it"))
    assert refusals[0] == refusals[1]


@pytest.mark.parametrize("persona", [MANAGER, ENGINEER, BUYER])
@pytest.mark.parametrize("attack", HARMLESS, ids=lambda v: v[:60])
def test_an_attack_that_is_legal_gains_nothing(
    gateway: SqlGateway, callers: dict[str, Caller], permitted: Databases, plain: Plain, persona: str, attack: str
) -> None:
    """A trick within the grammar fails in the engine, or gives what the permitted rows alone give."""
    from agents.errors import UnavailableError

    try:
        found = gateway.query(attack, callers[persona], deadline=Deadline.after(10))
    except (InvalidError, ForbiddenError, UnavailableError):
        return
    assert plain(found.rows) == plain(permitted[persona].execute(attack).fetchall())

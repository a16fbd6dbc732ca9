"""Databases that physically hold only what a persona may see: what every answer of the gateway is compared with.

Nothing here is taken from the policy, the rewriter or the verifier: rows and columns are written out by hand, from the
sample's people and the matrix of the design.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import duckdb

from agents.data_schema import DATA_TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MANAGER, ENGINEER, BUYER = "warehouse_manager", "field_engineer", "procurement_specialist"
SHIPPED: Final = (MANAGER, ENGINEER, BUYER)
# Personas of tests alone: columns that are hidden or masked, a person without warehouses, a person without persona.
ANALYST, NEWCOMER, NOBODY = "analyst", "newcomer", "nobody"
PERSONAS: Final = (*SHIPPED, ANALYST, NEWCOMER, NOBODY)

_WANDA = "warehouse_id IN ('WH01', 'WH02')"
_FELIX = "territory_id IN ('T1', 'T3')"
_HEADER = "{folder}/sales_order_header/*/*.parquet"
_WANDAS_LINES = f"sales_order_id IN (SELECT sales_order_id FROM '{_HEADER}' WHERE {_WANDA})"

# Persona -> table -> the condition of its rows.
PERMITTED: Final[Mapping[str, Mapping[str, str]]] = {
    MANAGER: {
        "product": "TRUE",
        "warehouse_product": _WANDA,
        "sales_order_header": _WANDA,
        "sales_order_line": _WANDAS_LINES,
    },
    ENGINEER: {
        "product": "TRUE",
        "warehouse_product": (
            f"warehouse_id IN (SELECT warehouse_id FROM '{{folder}}/warehouse/warehouse.parquet' WHERE {_FELIX})"
        ),
        "sales_order_header": _FELIX,
        "sales_order_line": f"sales_order_id IN (SELECT sales_order_id FROM '{_HEADER}' WHERE {_FELIX})",
    },
    BUYER: dict.fromkeys(("product", "warehouse_product", "purchase_order_header", "purchase_order_line"), "TRUE"),
    ANALYST: {
        "product": "TRUE",
        "warehouse_product": _WANDA,
        "sales_order_header": f"{_WANDA} AND status = 'open'",
        "sales_order_line": _WANDAS_LINES,
        "purchase_order_header": "status = 'received'",
    },
    NEWCOMER: {
        "product": "TRUE",
        "warehouse_product": "FALSE",
        "sales_order_header": "FALSE",
        "sales_order_line": "FALSE",
    },
    NOBODY: {},
}
# Persona, table -> its columns, where they are not all or not as they are.
COLUMNS: Final[Mapping[tuple[str, str], str]] = {
    (ANALYST, "product"): "product_id, name, category, '***' AS supplier, CAST(NULL AS DECIMAL(12,2)) AS list_price",
    (ANALYST, "warehouse_product"): "product_id, on_hand, reorder_point",
    (ANALYST, "sales_order_header"): (
        "sales_order_id, CAST(NULL AS DATE) AS order_date, warehouse_id, '***' AS territory_id, status,"
        " '***' AS order_month"
    ),
    (ANALYST, "sales_order_line"): (
        "sales_order_id, line_number, product_id, quantity, CAST(NULL AS DECIMAL(12,2)) AS unit_price, order_month"
    ),
    (ANALYST, "purchase_order_header"): (
        "purchase_order_id, '***' AS supplier, warehouse_id, order_date, status, order_month"
    ),
}
ALL_TABLES: Final = tuple(table.name for table in DATA_TABLES)


def closed_to(persona: str) -> tuple[str, ...]:
    """The tables that a persona may not see at all."""
    return tuple(table for table in ALL_TABLES if table not in PERMITTED[persona])


def permitted_database(folder: Path, persona: str) -> duckdb.DuckDBPyConnection:
    """A database with the rows and columns that a persona may see, and with nothing else to find."""
    database = duckdb.connect(":memory:")
    database.execute("CREATE SCHEMA physical")
    for table, condition in PERMITTED[persona].items():
        columns = COLUMNS.get((persona, table), "*")
        files = f"'{folder}/{table}/**/*.parquet', hive_types_autocast = false"
        rows = f"SELECT * FROM read_parquet({files}) WHERE {condition.format(folder=folder)}"
        # Behind a view, as the engine's are: a table of DuckDB's has a column `rowid` besides.
        database.execute(f"CREATE TABLE physical.{table} AS SELECT {columns} FROM ({rows}) AS permitted")
        database.execute(f"CREATE VIEW {table} AS SELECT * FROM physical.{table}")
    database.execute("SET enable_external_access=false")
    return database


def full_database(folder: Path) -> duckdb.DuckDBPyConnection:
    """A database with all of the data, to send statements to that were rewritten for another engine."""
    database = duckdb.connect(":memory:")
    for table in ALL_TABLES:
        files = f"'{folder}/{table}/**/*.parquet', hive_types_autocast = false"
        database.execute(f"CREATE TABLE {table} AS SELECT * FROM read_parquet({files})")
    database.execute("SET enable_external_access=false")
    return database

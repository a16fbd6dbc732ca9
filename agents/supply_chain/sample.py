"""Sample data: two years of a company with 2,000 products, 5 warehouses and 4 territories, the same every time.

Demand of a product is a compound Poisson process with a gamma-distributed rate and a yearly season; stock is set so
that a few of the fast movers run out soon. numpy makes the numbers, DuckDB the ids and the Parquet files.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.data_schema import DATA_TABLES, MONTH
from agents.supply_chain.sample_numbers import CATEGORIES, DAYS, SEED, TERRITORIES, WAREHOUSES, numbers
from agents.supply_chain.sample_people import EVERYBODY

if TYPE_CHECKING:
    import duckdb

    from agents.data_schema import DataTable

AS_OF: Final = date(2026, 6, 30)
_VERSION: Final = 2  # raise it when the figures change, so that kept files are made anew
_MARK: Final = "sample.json"


def ensure_sample(folder: Path) -> bool:
    """Makes the Parquet files in `folder` unless this version of them is there, whole; True when it made them.

    Others that start at the same time wait, and find them made.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _mark(folder) == _kept_mark(folder):
            return False
        made = Path(tempfile.mkdtemp(prefix=".sample-", dir=folder.parent))
        try:
            _write(made)
            (made / _MARK).write_text(json.dumps(_mark(made)))
            shutil.rmtree(folder, ignore_errors=True)
            made.replace(folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
        return True


def _mark(folder: Path) -> dict[str, object]:
    """What was made, and the size of each file, so that one that is missing or cut off is noticed."""
    files = sorted(folder.rglob("*.parquet"))
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}
    return {"version": _VERSION, "seed": SEED, "as_of": AS_OF.isoformat(), "sizes": sizes}


def _kept_mark(folder: Path) -> object:
    try:
        return json.loads((folder / _MARK).read_text())
    except (OSError, ValueError):
        return None


def _write(folder: Path) -> None:
    import duckdb  # noqa: PLC0415 - costs 0.1 s, and only this needs it

    connection = duckdb.connect(":memory:")
    try:
        for name, arrays in numbers().items():
            connection.register(name, arrays)
        _people(connection)
        for table in DATA_TABLES:
            columns = ", ".join(f"CAST({c.name} AS {_TYPES.get(c.type, c.type)}) AS {c.name}" for c in table.stored)
            connection.execute(f"CREATE TABLE {table.name} AS SELECT {columns} FROM ({_SELECTS[table.name]})")
        for table in DATA_TABLES:
            _write_table(connection, table, folder)
    finally:
        connection.close()


def _write_table(connection: duckdb.DuckDBPyConnection, table: DataTable, folder: Path) -> None:
    """One file, or one for each month; the month is in the path and not in the file."""
    order = ", ".join(column.name for column in table.stored[:2])
    if table.monthly is None:
        files = {table.file(): f"SELECT * FROM {table.name} ORDER BY {order}"}
    else:
        header = f"JOIN {table.monthly.header} USING ({table.monthly.key})" if table.monthly.header else ""
        connection.execute(
            f"CREATE TABLE by_month AS SELECT {table.name}.*, strftime({table.monthly.day}, '%Y-%m') AS {MONTH.name}"
            f" FROM {table.name} {header}"
        )
        months = connection.execute(f"SELECT DISTINCT {MONTH.name} FROM by_month ORDER BY 1").fetchall()
        files = {
            table.file(month): f"SELECT * EXCLUDE ({MONTH.name}) FROM by_month"
            f" WHERE {MONTH.name} = '{month}' ORDER BY {order}"
            for (month,) in months
        }
    for file, rows in files.items():
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        path = target.as_posix().replace("'", "''")
        connection.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
    connection.execute("DROP TABLE IF EXISTS by_month")


def _people(connection: duckdb.DuckDBPyConnection) -> None:
    for name in ("warehouse", "territory"):
        connection.execute(f"CREATE TABLE own_{name} (user_id TEXT, value TEXT)")
    for person in EVERYBODY:
        for value in person.warehouses:
            connection.execute("INSERT INTO own_warehouse VALUES (?, ?)", [person.subject, value])
        for value in person.territories:
            connection.execute("INSERT INTO own_territory VALUES (?, ?)", [person.subject, value])


def _list(values: tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'{value}'" for value in values) + "]"


_FIRST_DAY: Final = f"(DATE '{AS_OF.isoformat()}' - {DAYS})"
_TYPES: Final = {"string": "VARCHAR"}
_SELECTS: Final = {
    "product": f"""
        SELECT printf('P%04d', n) AS product_id, {_list(CATEGORIES)}[category + 1] AS category,
               {_list(CATEGORIES)}[category + 1] || printf(' %04d', n) AS name,
               printf('Supplier %02d', supplier) AS supplier, cost AS unit_cost, price AS list_price FROM products""",
    "warehouse": f"""
        SELECT printf('WH%02d', n) AS warehouse_id, {_list(tuple(city for city, _ in WAREHOUSES))}[n] AS name,
               printf('T%d', {[territory for _, territory in WAREHOUSES]}[n]) AS territory_id
        FROM range(1, {len(WAREHOUSES) + 1}) AS numbers(n)""",
    "territory": f"""
        SELECT printf('T%d', n) AS territory_id, {_list(TERRITORIES)}[n] AS name
        FROM range(1, {len(TERRITORIES) + 1}) AS numbers(n)""",
    "warehouse_product": """
        SELECT printf('WH%02d', warehouse) AS warehouse_id, printf('P%04d', product) AS product_id, on_hand,
               reorder_point, lead_time AS lead_time_days FROM stocks""",
    "sales_order_header": f"""
        SELECT printf('SO%07d', n) AS sales_order_id, {_FIRST_DAY} + CAST(day AS INTEGER) AS order_date,
               printf('WH%02d', warehouse) AS warehouse_id, printf('T%d', territory) AS territory_id,
               CASE WHEN day >= {DAYS} - 2 AND n % 3 = 0 THEN 'open' ELSE 'shipped' END AS status FROM orders""",
    "sales_order_line": """
        SELECT printf('SO%07d', n) AS sales_order_id, line AS line_number, printf('P%04d', product) AS product_id,
               quantity, price AS unit_price FROM order_lines""",
    "purchase_order_header": f"""
        SELECT printf('PO%07d', n) AS purchase_order_id, printf('Supplier %02d', supplier) AS supplier,
               printf('WH%02d', warehouse) AS warehouse_id, {_FIRST_DAY} + CAST(ordered AS INTEGER) AS order_date,
               {_FIRST_DAY} + CAST(due AS INTEGER) AS due_date,
               CASE WHEN received THEN 'received' ELSE 'open' END AS status FROM purchases""",
    "purchase_order_line": """
        SELECT printf('PO%07d', n) AS purchase_order_id, line AS line_number, printf('P%04d', product) AS product_id,
               quantity, cost AS unit_cost FROM purchase_lines""",
    "user_warehouse": "SELECT user_id, value AS warehouse_id FROM own_warehouse",
    "user_territory": "SELECT user_id, value AS territory_id FROM own_territory",
}

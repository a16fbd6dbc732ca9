"""The laptop's engine reads its folder's tables, in JSON's types."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from agents.adapters.duckdb import DuckDbEngine
from agents.data_schema import DATA_TABLES
from agents.deadline import Deadline
from agents.errors import SetupError, UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from agents.access.ports import Rows
    from agents.data_schema import DataTable


def run(engine: DuckDbEngine, statement: str, *, max_rows: int = 100, seconds: float = 20) -> Rows:
    return engine.execute(statement, max_rows=max_rows, deadline=Deadline.after(seconds))


@pytest.mark.parametrize("table", DATA_TABLES, ids=lambda table: table.name)
def test_each_table_of_the_schema_can_be_read(engine: DuckDbEngine, table: DataTable) -> None:
    """Columns come in the order of the schema."""
    rows = run(engine, f"SELECT * FROM {table.name}", max_rows=1)
    assert rows.columns == tuple(column.name for column in table.columns)
    assert len(rows.rows) == 1


def test_the_data_version_follows_the_files(sample: Path, tmp_path: Path) -> None:
    """It stays while they do, changes when one of them does, and is not told of files that are gone."""
    folder = tmp_path / "data"
    shutil.copytree(sample, folder)
    engine, same = DuckDbEngine(folder), DuckDbEngine(folder)
    first = engine.data_version()
    assert first is not None
    assert engine.data_version() == same.data_version() == first
    file = folder / "territory" / "territory.parquet"
    os.utime(file, ns=(1, 1))
    assert engine.data_version() not in {first, None}
    file.unlink()
    assert engine.data_version() is None
    engine.close()
    same.close()


@pytest.mark.parametrize(
    ("expression", "cell"),
    [
        ("CAST(1.5 AS DECIMAL(12,2))", "1.50"),
        ("CAST(0 AS DECIMAL(12,2))", "0.00"),
        ("CAST(-1234567890.10 AS DECIMAL(12,2))", "-1234567890.10"),
        ("CAST(0.000001 AS DECIMAL(18,6))", "0.000001"),
        ("CAST(0.1 AS DECIMAL(12,2)) + CAST(0.2 AS DECIMAL(12,2))", "0.30"),
        ("DATE '2026-06-30'", "2026-06-30"),
        ("TIMESTAMP '2026-06-30 12:34:56.789'", "2026-06-30T12:34:56.789000"),
        ("CAST(7 AS INTEGER)", 7),
        ("CAST(9007199254740993 AS BIGINT)", 9007199254740993),
        ("CAST(1.5 AS DOUBLE)", 1.5),
        ("CAST('NaN' AS DOUBLE)", None),
        ("CAST('Infinity' AS FLOAT)", None),
        ("CAST('-Infinity' AS DOUBLE)", None),
        ("TRUE", True),
        ("NULL", None),
        ("'Zürich 🚚'", "Zürich 🚚"),
    ],
)
def test_cells_are_of_jsons_types(engine: DuckDbEngine, expression: str, cell: object) -> None:
    """Decimals keep their scale as text, dates are ISO text, whole numbers stay whole."""
    rows = run(engine, f"SELECT {expression} AS x")
    assert rows.rows == ((cell,),)
    assert type(rows.rows[0][0]) is type(cell)


def test_money_keeps_its_cents(engine: DuckDbEngine) -> None:
    """Every price of the sample has two digits after the point, also when it is a sum."""
    rows = run(engine, "SELECT unit_cost, list_price FROM product", max_rows=5_000)
    assert all(cell[-3] == "." for row in rows.rows for cell in row)
    total = run(engine, "SELECT SUM(unit_cost) FROM product").rows[0][0]
    assert total[-3] == "."


def test_names_and_order_are_the_statements(engine: DuckDbEngine) -> None:
    """Also names that come twice, that are words of SQL or hold quotes, and what ends in a comment."""
    rows = run(engine, 'SELECT name, name, 1 AS "a""b", unit_cost AS "select" FROM product ORDER BY name DESC -- so')
    assert rows.columns == ("name", "name", 'a"b', "select")
    names = [row[0] for row in rows.rows]
    assert names == sorted(names, reverse=True)
    assert rows.truncated


def test_rows_beyond_the_most_are_cut_and_said(engine: DuckDbEngine) -> None:
    """Exactly as many rows as asked for is whole; one more is truncated."""
    for most, truncated in ((5, False), (4, True), (1, True)):
        rows = run(engine, "SELECT * FROM warehouse", max_rows=most)
        assert (len(rows.rows), rows.truncated) == (most, truncated)
    assert run(engine, "SELECT * FROM warehouse WHERE FALSE").rows == ()


def test_a_folder_without_a_table_is_named(sample: Path, tmp_path: Path) -> None:
    """A missing file is an error of the set-up that says which, before any question."""
    folder = tmp_path / "data"
    shutil.copytree(sample, folder)
    (folder / "territory" / "territory.parquet").unlink()
    with pytest.raises(SetupError, match=r"territory\.parquet"):
        DuckDbEngine(folder)


def test_a_table_without_any_month_is_named(sample: Path, tmp_path: Path) -> None:
    """A table that lies by month is missing when it has no month at all."""
    folder = tmp_path / "data"
    shutil.copytree(sample, folder)
    shutil.rmtree(folder / "sales_order_line")
    with pytest.raises(SetupError, match=r"sales_order_line/order_month=\*"):
        DuckDbEngine(folder)


@pytest.mark.parametrize("name", ["it's a [folder]", "a=b", "*"])
def test_a_folder_of_any_name_works(sample: Path, tmp_path: Path, name: str) -> None:
    """Paths are text, whatever is in them; only the folder of a month says anything about rows."""
    folder = tmp_path / name
    shutil.copytree(sample, folder)
    engine = DuckDbEngine(folder)
    assert run(engine, "SELECT COUNT(*) FROM territory").rows == ((4,),)
    rows = run(engine, "SELECT * FROM sales_order_header ORDER BY sales_order_id LIMIT 1")
    assert rows.columns[-2:] == ("status", "order_month")
    assert rows.rows[0][1::4] == ("2024-06-30", "2024-06")
    engine.close()


def test_a_month_is_text(engine: DuckDbEngine) -> None:
    """It is compared with text, as on Athena; a date or a number would be another answer there."""
    rows = run(engine, "SELECT DISTINCT order_month FROM sales_order_line WHERE order_month >= '2026-05' ORDER BY 1")
    assert rows.rows == (("2026-05",), ("2026-06",))
    assert run(engine, "SELECT typeof(MIN(order_month)) AS t FROM purchase_order_header").rows == (("VARCHAR",),)


def test_a_month_reads_only_its_files(sample: Path, tmp_path: Path) -> None:
    """Other months are not opened: a damaged file there does not matter."""
    folder = tmp_path / "data"
    shutil.copytree(sample, folder)
    engine = DuckDbEngine(folder)
    old = folder / "sales_order_line" / "order_month=2024-07" / "sales_order_line.parquet"
    old.write_bytes(b"half")
    assert run(engine, "SELECT COUNT(*) FROM sales_order_line WHERE order_month = '2026-05'").rows[0][0] > 0
    with pytest.raises(UnavailableError):
        run(engine, "SELECT SUM(quantity) FROM sales_order_line")
    engine.close()

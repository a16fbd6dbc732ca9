"""The laptop's engine reads its folder's tables and can do nothing else, even when a bad statement gets that far."""

from __future__ import annotations

import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from agents.adapters.duckdb import DuckDbEngine
from agents.data_schema import DATA_TABLES
from agents.deadline import Deadline
from agents.errors import DeadlineError, SetupError, UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from agents.access.ports import Rows
    from agents.data_schema import DataTable

LONG = "SELECT COUNT(*) FROM product a, product b, product c, product d WHERE a.name || b.name < c.name || d.name"


def run(engine: DuckDbEngine, statement: str, *, max_rows: int = 100, seconds: float = 20) -> Rows:
    return engine.execute(statement, max_rows=max_rows, deadline=Deadline.after(seconds))


@pytest.mark.parametrize("table", DATA_TABLES, ids=lambda table: table.name)
def test_each_table_of_the_schema_can_be_read(engine: DuckDbEngine, table: DataTable) -> None:
    """Columns come in the order of the schema."""
    rows = run(engine, f"SELECT * FROM {table.name}", max_rows=1)
    assert rows.columns == tuple(column.name for column in table.columns)
    assert len(rows.rows) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('{outside}')",
        "SELECT * FROM read_csv('{outside}')",
        "SELECT * FROM '{outside}'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_text('{folder}/../outside.csv')",
        "SELECT * FROM glob('/etc/*')",
        "COPY product TO '{outside}'",
        "ATTACH '{outside}.db' AS x",
        "EXPORT DATABASE '{outside}.d'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
    ],
)
def test_nothing_outside_the_folder_is_reached(
    engine: DuckDbEngine, sample: Path, tmp_path: Path, statement: str
) -> None:
    """Files elsewhere are not read and not written, and extensions are not loaded."""
    outside = tmp_path / "outside.csv"
    outside.write_text("secret\n")
    shutil.copy(outside, sample.parent / "outside.csv")
    with pytest.raises(UnavailableError) as error:
        run(engine, statement.format(outside=outside, folder=sample))
    assert outside.read_text() == "secret\n"
    assert [path.name for path in tmp_path.iterdir()] == ["outside.csv"]
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "statement",
    [
        "SET enable_external_access=true",
        "SET lock_configuration=false",
        "RESET lock_configuration",
        "SET allowed_directories=['/']",
        "SET threads=64",
        "SET memory_limit='100GB'",
        "PRAGMA memory_limit='100GB'",
        "SET python_enable_replacements=true",
        "SET autoload_known_extensions=true",
    ],
)
def test_the_configuration_is_locked(engine: DuckDbEngine, statement: str) -> None:
    """No statement can open what was closed at the start."""
    with pytest.raises(UnavailableError):
        run(engine, statement)


def test_python_objects_are_no_tables(engine: DuckDbEngine) -> None:
    """A variable of this process is not found under its name."""
    import numpy as np

    frame = {"n": np.arange(3)}
    with pytest.raises(UnavailableError):
        run(engine, "SELECT * FROM frame")
    assert len(frame["n"]) == 3


def test_an_engines_text_stays_in_the_log(engine: DuckDbEngine, caplog: pytest.LogCaptureFixture) -> None:
    """A failure says that the query failed; DuckDB's own words, with paths and candidates, are for the log."""
    with pytest.raises(UnavailableError) as error:
        run(engine, "SELECT no_such_column FROM product")
    assert str(error.value) == "the query failed. Ask it in another way."
    assert "no_such_column" in caplog.text


@pytest.mark.parametrize("seconds", [0.001, 0.05, 0.2])
def test_a_long_query_ends_at_its_deadline(engine: DuckDbEngine, seconds: float) -> None:
    """A cross join of hours is interrupted within moments, and the engine goes on."""
    started = time.monotonic()
    with pytest.raises(DeadlineError):
        run(engine, LONG, seconds=seconds)
    assert time.monotonic() - started < seconds + 2
    assert run(engine, "SELECT COUNT(*) FROM product").rows == ((2_000,),)


def test_one_query_that_is_interrupted_stops_no_other(engine: DuckDbEngine) -> None:
    """Queries of several threads have deadlines of their own."""
    together = threading.Barrier(4)

    def short(n: int) -> object:
        together.wait(10)
        return [run(engine, f"SELECT COUNT(*) + {n} FROM product").rows[0][0] for _ in range(30)]

    def long() -> None:
        together.wait(10)
        with pytest.raises(DeadlineError):
            run(engine, LONG, seconds=0.05)

    with ThreadPoolExecutor(4) as pool:
        interrupted = pool.submit(long)
        answers = list(pool.map(short, range(3)))
        interrupted.result()
    assert answers == [[2_000 + n] * 30 for n in range(3)]


def test_no_time_left_runs_nothing(engine: DuckDbEngine) -> None:
    """A deadline that has passed is an error at once."""
    with pytest.raises(DeadlineError):
        engine.execute("SELECT 1", max_rows=1, deadline=Deadline(0.0, lambda: 1.0))


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

"""The sample data: enough of it, whole, and the same every time."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from agents.data_schema import DATA_TABLES
from agents.supply_chain.sample import AS_OF, ensure_sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agents.data_schema import DataTable

    Run = Callable[[str], list[tuple[Any, ...]]]

PRODUCT = "product/product.parquet"
MONTHLY = [table for table in DATA_TABLES if table.monthly]


def digest(folder: Path) -> dict[str, str]:
    """A digest of the rows of each file, in the order they lie in it."""
    found = {}
    with duckdb.connect(":memory:") as connection:
        for table in DATA_TABLES:
            for file in sorted(folder.glob(table.file("*"))):
                text = connection.execute(
                    f"SELECT md5(string_agg(md5(CAST(t AS VARCHAR)), '' ORDER BY file_row_number))"
                    f" FROM (SELECT * FROM read_parquet('{file}', file_row_number=true)) AS t"
                ).fetchone()[0]
                found[str(file.relative_to(folder))] = hashlib.sha256(text.encode()).hexdigest()
    return found


def test_two_generations_have_the_same_rows(sample: Path, tmp_path: Path) -> None:
    """Whoever makes the sample gets the same figures, row for row."""
    assert ensure_sample(tmp_path / "again")
    assert digest(tmp_path / "again") == digest(sample)


def test_there_is_enough_of_it(full: Run) -> None:
    """2,000 products, 5 warehouses, 4 territories, 730 days that end the day before the data's date."""
    counts = {name: full(f"SELECT COUNT(*) FROM {name}")[0][0] for name in ("product", "warehouse", "territory")}
    assert counts["product"] >= 2_000
    assert (counts["warehouse"], counts["territory"]) == (5, 4)
    assert full("SELECT COUNT(*) FROM warehouse_product")[0][0] == 5 * counts["product"]
    first, last, days = full(
        "SELECT MIN(order_date), MAX(order_date), COUNT(DISTINCT order_date) FROM sales_order_header"
    )[0]
    assert (first, last, days) == (AS_OF - timedelta(days=730), AS_OF - timedelta(days=1), 730)
    assert date(2026, 6, 30) == AS_OF


@pytest.mark.parametrize("table", DATA_TABLES, ids=lambda table: table.name)
def test_each_table_has_the_columns_of_the_schema(full: Run, table: DataTable) -> None:
    """Names, order and types are those that the lake declares."""
    words = {"VARCHAR": "string", "INTEGER": "int", "DATE": "date", "DECIMAL(12,2)": "decimal(12,2)"}
    found = full(f"SELECT name, type FROM pragma_table_info('{table.name}') ORDER BY cid")
    assert [(name, words[kind]) for name, kind in found] == [(c.name, c.type) for c in table.columns]
    assert full(f"SELECT COUNT(*) FROM {table.name}")[0][0] > 0


KEYS = {
    "product": "product_id",
    "warehouse": "warehouse_id",
    "territory": "territory_id",
    "warehouse_product": "warehouse_id, product_id",
    "sales_order_header": "sales_order_id",
    "sales_order_line": "sales_order_id, line_number",
    "purchase_order_header": "purchase_order_id",
    "purchase_order_line": "purchase_order_id, line_number",
    "user_warehouse": "user_id, warehouse_id",
    "user_territory": "user_id, territory_id",
}
REFERENCES = [
    ("warehouse", "territory_id", "territory"),
    ("warehouse_product", "warehouse_id", "warehouse"),
    ("warehouse_product", "product_id", "product"),
    ("sales_order_header", "warehouse_id", "warehouse"),
    ("sales_order_header", "territory_id", "territory"),
    ("sales_order_line", "sales_order_id", "sales_order_header"),
    ("sales_order_line", "product_id", "product"),
    ("purchase_order_header", "warehouse_id", "warehouse"),
    ("purchase_order_line", "purchase_order_id", "purchase_order_header"),
    ("purchase_order_line", "product_id", "product"),
    ("user_warehouse", "warehouse_id", "warehouse"),
    ("user_territory", "territory_id", "territory"),
]


@pytest.mark.parametrize(("table", "key"), KEYS.items())
def test_keys_are_unique_and_nothing_is_missing(full: Run, table: str, key: str) -> None:
    """A key names one row, and no cell is empty."""
    rows, keys = full(f"SELECT COUNT(*), COUNT(DISTINCT ({key})) FROM {table}")[0]
    assert rows == keys
    assert set(full(f"SELECT COUNT(COLUMNS(*)) FROM {table}")[0]) == {rows}


@pytest.mark.parametrize(("table", "column", "target"), REFERENCES)
def test_every_reference_leads_somewhere(full: Run, table: str, column: str, target: str) -> None:
    """No row points to a row that is not there."""
    assert full(f"SELECT COUNT(*) FROM {table} ANTI JOIN {target} USING ({column})") == [(0,)]


@pytest.mark.parametrize("kind", ["sales", "purchase"])
def test_every_order_has_lines(full: Run, kind: str) -> None:
    """An order without lines would be no order; lines are numbered from one without gaps."""
    header, line, key = f"{kind}_order_header", f"{kind}_order_line", f"{kind}_order_id"
    assert full(f"SELECT COUNT(*) FROM {header} ANTI JOIN {line} USING ({key})") == [(0,)]
    gaps = f"SELECT {key} FROM {line} GROUP BY {key} HAVING MAX(line_number) <> COUNT(*) OR MIN(line_number) <> 1"
    assert full(gaps) == []


@pytest.mark.parametrize("table", MONTHLY, ids=lambda table: table.name)
def test_a_row_lies_in_the_month_of_its_order(full: Run, table: DataTable) -> None:
    """A header's month is that of its day, a line's that of its header, or filters by month lose rows."""
    monthly = table.monthly
    assert monthly is not None
    header = f"JOIN {monthly.header} h USING ({monthly.key})" if monthly.header else ""
    wrong = f"CAST({monthly.day} AS VARCHAR)[1:7] <> t.order_month"
    assert full(f"SELECT COUNT(*) FROM {table.name} t {header} WHERE {wrong}") == [(0,)]
    months = full(f"SELECT DISTINCT order_month FROM {table.name} ORDER BY 1")
    assert [months[0], months[-1], len(months)] == [("2024-06",), ("2026-06",), 25]


@pytest.mark.parametrize("table", DATA_TABLES, ids=lambda table: table.name)
def test_a_file_holds_what_its_path_does_not_say(sample: Path, table: DataTable) -> None:
    """Athena takes the month from the path, so a file has all columns but that one."""
    files = sorted(sample.glob(table.file("*")))
    assert files == sorted((sample / table.name).rglob("*.parquet"))
    for file in files:
        with duckdb.connect(":memory:") as connection:
            found = connection.execute(f"SELECT name FROM parquet_schema('{file}') OFFSET 1").fetchall()
        assert [name for (name,) in found] == [column.name for column in table.stored]


def test_figures_make_sense(full: Run) -> None:
    """Nothing negative, prices above cost, receipts due after their order, and stock never below zero."""
    for wrong in (
        "product WHERE unit_cost <= 0 OR list_price < unit_cost",
        "warehouse_product WHERE on_hand < 0 OR reorder_point < 0 OR lead_time_days < 1",
        "sales_order_line WHERE quantity < 1 OR unit_price <= 0",
        "purchase_order_line WHERE quantity < 1 OR unit_cost <= 0",
        "purchase_order_header WHERE due_date <= order_date OR status NOT IN ('open', 'received')",
        "sales_order_header WHERE status NOT IN ('open', 'shipped')",
    ):
        assert full(f"SELECT COUNT(*) FROM {wrong}") == [(0,)], wrong


def test_a_folder_that_is_whole_is_kept(tmp_path: Path) -> None:
    """The second call makes nothing and touches nothing."""
    folder = tmp_path / "data"
    assert ensure_sample(folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert not ensure_sample(folder)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


@pytest.mark.parametrize("mark", [None, "", "{}", "not json", '{"version": 0}', "[]"])
def test_a_half_made_folder_is_replaced(sample: Path, tmp_path: Path, mark: str | None) -> None:
    """Files without the mark of this version are made anew, whole, and nothing else is left behind."""
    folder = tmp_path / "data"
    (folder / "product").mkdir(parents=True)
    (folder / PRODUCT).write_bytes(b"half")
    (folder / "old.parquet").write_bytes(b"old")
    if mark is not None:
        (folder / "sample.json").write_text(mark)
    assert ensure_sample(folder)
    assert {path.relative_to(folder) for path in folder.rglob("*")} == {
        p.relative_to(sample) for p in sample.rglob("*")
    }
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock"] == ["data"]
    assert (folder / PRODUCT).read_bytes()[:4] == b"PAR1"


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When making the files fails half way, the folder is not there, and no part of it."""
    from agents.supply_chain import sample as module

    def fail(folder: Path) -> None:
        (folder / "product.parquet").write_bytes(b"half")
        raise OSError("the disk is full")

    monkeypatch.setattr(module, "_write", fail)
    with pytest.raises(OSError, match="full"):
        ensure_sample(tmp_path / "data")
    assert [path for path in tmp_path.iterdir() if path.suffix != ".lock"] == []


@pytest.mark.parametrize("path", [PRODUCT, "sales_order_line/order_month=2026-05/sales_order_line.parquet"])
@pytest.mark.parametrize("damage", ["missing", "cut off"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: str, path: str) -> None:
    """What the message of a missing or short file says to do is done by the next start."""
    folder = tmp_path / "data"
    ensure_sample(folder)
    file = folder / path
    whole = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(whole[:1000])
    assert ensure_sample(folder)
    assert file.read_bytes() == whole


def test_those_that_start_at_once_find_it_made(tmp_path: Path) -> None:
    """Of several processes one makes the files, and the others wait for it."""
    code = "import sys; from pathlib import Path; from agents.supply_chain.sample import ensure_sample;"
    code += "print(ensure_sample(Path(sys.argv[1]))); print(len(list(Path(sys.argv[1]).glob('*/*.parquet'))))"
    command = [sys.executable, "-c", code, str(tmp_path / "data")]
    starts = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = sorted(start.communicate(timeout=60)[0] for start in starts)
    assert said == ["False\n6\n"] * 3 + ["True\n6\n"]

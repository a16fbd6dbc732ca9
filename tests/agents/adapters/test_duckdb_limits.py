"""What the laptop's engine cannot be made to do, even when a bad statement gets that far."""

from __future__ import annotations

import hashlib
import resource
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import duckdb
import pytest

from agents.access.result_size import MAX_RESULT_BYTES
from agents.deadline import Deadline
from agents.errors import DeadlineError, UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from agents.access.ports import Rows
    from agents.adapters.duckdb import DuckDbEngine

FAILED = "the query failed. Ask it in another way."
# A text that is doubled twenty-six times.
DOUBLED = (
    "WITH a0 AS ({}), "
    + ", ".join(f"a{n} AS (SELECT s || s AS s FROM a{n - 1})" for n in range(1, 27))
    + " SELECT MAX(LENGTH(s)) AS n FROM a26"
)
LONG = "SELECT COUNT(*) FROM product a, product b, product c, product d WHERE a.name || b.name < c.name || d.name"


def run(engine: DuckDbEngine, statement: str, *, max_rows: int = 100, seconds: float = 20) -> Rows:
    return engine.execute(statement, max_rows=max_rows, deadline=Deadline.after(seconds))


# Each is tried on the engine and, past its check for one SELECT, on the connection it uses.
OUTSIDE = (
    "SELECT * FROM read_text('{outside}')",
    "SELECT * FROM read_csv('{outside}')",
    "SELECT * FROM '{outside}'",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_text('{folder}/../outside.csv')",
    "SELECT * FROM read_text('{folder}/sample.json')",
    "SELECT * FROM read_blob('{folder}/product/*')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM glob('{folder}/*')",
    "COPY product TO '{outside}'",
    "COPY product TO '{folder}/new.csv'",
    "ATTACH '{outside}.db' AS x",
    "ATTACH '{folder}/new.db' AS x",
    "ATTACH ':memory:' AS x",
    "EXPORT DATABASE '{outside}.d'",
    "EXPORT DATABASE '{folder}/new'",
    "IMPORT DATABASE '{folder}'",
    "INSTALL httpfs",
    "INSTALL httpfs FROM community",
    "LOAD httpfs",
    "LOAD '{outside}'",
    "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
    "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
    "CREATE SECRET s (TYPE S3)",
    "CREATE PERSISTENT SECRET s (TYPE HTTP)",
)
CHANGES = (
    "CREATE TABLE x AS SELECT 1 AS a",
    "CREATE OR REPLACE VIEW product AS SELECT 1 AS a",
    "DROP VIEW product",
    "ALTER VIEW product RENAME TO p",
    "CREATE MACRO main.lower(a) AS 'x'",
    "CREATE SCHEMA s",
    "CREATE TYPE t AS ENUM ('a')",
    "CREATE SEQUENCE s",
    "INSERT INTO territory VALUES ('T9', 'x')",
    "DELETE FROM territory",
)
SETTINGS = (
    "SET enable_external_access=true",
    "SET lock_configuration=false",
    "RESET lock_configuration",
    "SET allowed_directories=['/']",
    "SET allowed_paths=['/etc/passwd']",
    "SET allowed_configs=['threads']",
    "SET threads=64",
    "SET memory_limit='100GB'",
    "PRAGMA memory_limit='100GB'",
    "SET temp_directory='/tmp'",
    "SET max_temp_directory_size='1GB'",
    "SET python_enable_replacements=true",
    "SET autoload_known_extensions=true",
    "SET autoinstall_known_extensions=true",
    "SET allow_community_extensions=true",
    "SET allow_unsigned_extensions=true",
    "SET allow_extension_repositories='allowed'",
    "SET allow_persistent_secrets=true",
    "SET allow_unredacted_secrets=true",
    "SET secret_directory='/tmp'",
    "SET extension_directories=['/tmp']",
    "SET custom_extension_repository='http://127.0.0.1:9'",
    "SET max_expression_depth=100000",
    "SET enable_logging=true",
    "CALL enable_logging()",
    "SELECT * FROM enable_logging()",
    "SET logging_storage='file'",
    "SET log_query_path='/tmp/queries'",
    "SET enable_progress_bar=true",
    "PRAGMA enable_profiling",
    "SET profiling_output='/tmp/profile'",
    "SET file_search_path='/etc'",
)


def on_the_connection(engine: DuckDbEngine, statement: str) -> list[tuple[object, ...]]:
    return engine._connection.cursor().execute(statement).fetchall()


@pytest.mark.parametrize("statement", OUTSIDE)
def test_nothing_but_the_tables_files_is_reached(
    engine: DuckDbEngine, sample: Path, tmp_path: Path, statement: str
) -> None:
    """Other files are not read and none is written, in the folder neither, and extensions are not loaded."""
    outside = tmp_path / "outside.csv"
    outside.write_text("secret\n")
    shutil.copy(outside, sample.parent / "outside.csv")
    before = sorted(sample.rglob("*"))
    wrong = statement.format(outside=outside, folder=sample)
    with pytest.raises(UnavailableError) as error:
        run(engine, wrong)
    with pytest.raises(duckdb.Error):
        on_the_connection(engine, wrong)
    assert outside.read_text() == "secret\n"
    assert [path.name for path in tmp_path.iterdir()] == ["outside.csv"]
    assert sorted(sample.rglob("*")) == before
    assert str(error.value) == FAILED


@pytest.mark.parametrize("statement", SETTINGS)
def test_the_configuration_is_locked(engine: DuckDbEngine, statement: str) -> None:
    """No statement can open what was closed at the start."""
    with pytest.raises(UnavailableError):
        run(engine, statement)
    with pytest.raises(duckdb.Error):
        on_the_connection(engine, statement)


@pytest.mark.parametrize("statement", CHANGES)
def test_the_catalogue_is_read_only(engine: DuckDbEngine, statement: str) -> None:
    """A table stays what it is for everybody who asks later."""
    with pytest.raises(UnavailableError):
        run(engine, statement)
    with pytest.raises(duckdb.Error):
        on_the_connection(engine, statement)
    assert run(engine, "SELECT COUNT(*) FROM product").rows == ((2_000,),)


@pytest.mark.parametrize(
    "statement",
    [
        "",
        ";",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP VIEW product",
        "COMMIT; SELECT 1",
        "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE SELECT 1",
        "PRAGMA user_agent",
        "CALL pragma_version()",
        "SET VARIABLE a = 1",
        "SET search_path = 'main'",
        "PREPARE p AS SELECT 1",
        "BEGIN",
        "CHECKPOINT",
        "VACUUM",
        "LOAD json",
        "CREATE TEMP TABLE x AS SELECT 1 AS a",
        "CREATE TEMP VIEW product AS SELECT 1 AS a",
        "CREATE TEMP MACRO lower(a) AS 'x'",
        "COPY (SELECT 1) TO '/dev/null'",
        "COPY product TO '{folder}/product/product.parquet' (USE_TMP_FILE false)",
    ],
)
def test_one_select_at_a_time_is_run(engine: DuckDbEngine, sample: Path, statement: str) -> None:
    """What a read-only connection would still do, such as to write over a file that it may read, is not tried."""
    with pytest.raises(UnavailableError) as error:
        run(engine, statement.format(folder=sample))
    assert str(error.value) == FAILED
    assert run(engine, "SELECT COUNT(*) FROM product").rows == ((2_000,),)


def test_what_one_query_leaves_no_other_sees(engine: DuckDbEngine) -> None:
    """Names that last as long as a connection last as long as one query."""
    on_the_connection(engine, "CREATE TEMP VIEW product AS SELECT 1 AS a")
    assert run(engine, "SELECT COUNT(*) FROM product").rows == ((2_000,),)


def test_limits_are_set(engine: DuckDbEngine) -> None:
    """Processors and memory are bounded, and nothing is spilled to a disk."""
    ((threads, memory, spill),) = on_the_connection(
        engine,
        "SELECT current_setting('threads'), current_setting('memory_limit'), current_setting('temp_directory')",
    )
    assert (threads, memory, spill) == (2, "488.2 MiB", "")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT list(name) FROM (SELECT a.name || b.name AS name FROM product a, product b, product c)",
        "SELECT a.name, b.name FROM product a, product b, warehouse_product c ORDER BY b.name, a.name, c.on_hand",
        "SELECT COUNT(DISTINCT a.name || b.name || c.name) FROM product a, product b, product c",
        DOUBLED.format("SELECT name AS s FROM product"),
        DOUBLED.format("SELECT 'xxxxxxxxxxxxxxxx' AS s"),
    ],
)
def test_a_huge_result_in_between_ends_within_memory_and_time(
    engine: DuckDbEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    """Whichever limit it meets first ends it; nothing is written, and the engine goes on."""
    monkeypatch.chdir(tmp_path)
    started = time.monotonic()
    with pytest.raises((UnavailableError, DeadlineError)) as error:
        run(engine, statement, seconds=3)
    assert time.monotonic() - started < 5
    assert str(error.value) in {FAILED, "the query took too long. Ask for less."}
    assert not list(tmp_path.iterdir())
    assert run(engine, "SELECT COUNT(*) FROM product").rows == ((2_000,),)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT " + "(" * 3_000 + "1" + ")" * 3_000,
        "SELECT " + "+".join(["1"] * 3_000),
        "SELECT " + "NOT " * 3_000 + "TRUE",
        "SELECT " + "CASE WHEN TRUE THEN " * 700 + "1" + " END" * 700,
    ],
    ids=["brackets", "sum", "not", "case"],
)
def test_a_deep_expression_is_an_error_and_no_crash(engine: DuckDbEngine, statement: str) -> None:
    """A parser that recursed to the end of the stack would take the process with it."""
    with pytest.raises(UnavailableError):
        run(engine, statement)


@pytest.mark.parametrize("columns", [1, 50])
def test_wide_cells_keep_to_the_deadline_and_the_memory(engine: DuckDbEngine, columns: int) -> None:
    """A text of 1 MB beside each of many rows is some bytes to the engine and gigabytes to whoever reads them all."""
    doubled = ", ".join(f"a{n} AS (SELECT s || s AS s FROM a{n - 1})" for n in range(1, 17))
    cells = ", ".join(f"s AS s{n}" for n in range(columns))
    wide = f"WITH a0 AS (SELECT '0123456789abcdef' AS s), {doubled} SELECT {cells} FROM a16, product"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = run(engine, wide, seconds=5)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000
    assert (len(rows.rows), rows.truncated) == (3 if columns == 1 else 0, True)


def test_a_wide_result_is_cut_at_the_byte_cap_and_says_so(engine: DuckDbEngine) -> None:
    """Few rows may be as large as many: what is read is bounded by bytes too."""
    rows = run(engine, "SELECT repeat('é', 50000) AS x FROM product", max_rows=5_000)
    assert rows.truncated
    assert len(rows.rows) == MAX_RESULT_BYTES // 100_008
    one = run(engine, f"SELECT repeat('x', {MAX_RESULT_BYTES}) AS x")
    assert (one.columns, one.rows, one.truncated) == (("x",), (), True)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT no_such_column FROM product",
        "SELECT * FROM no_such_table",
        "SELECT CAST(name AS INTEGER) FROM product",
        "SELECT name FROM product WHERE name = 1",
        "SELECT no_such_function(name) FROM product",
        "SELECT DATE '2026-13-45'",
        "SELECT 1 FROM",
        "SELEC 1",
        "SELECT (SELECT name FROM product)",
    ],
)
def test_an_error_of_the_engine_is_one_sentence(
    engine: DuckDbEngine, statement: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It holds nothing that the engine said: neither paths, nor names it would suggest, nor values of rows."""
    with caplog.at_level("WARNING"), pytest.raises(UnavailableError) as error:
        run(engine, statement)
    assert str(error.value) == FAILED
    assert f"query sha256:{hashlib.sha256(statement.encode()).hexdigest()} failed: " in caplog.text
    assert "Exception" in caplog.text, "whoever looks into the log finds of which kind it was"


def test_neither_rows_nor_statements_come_into_the_log(engine: DuckDbEngine, caplog: pytest.LogCaptureFixture) -> None:
    """The engine's words hold the value that it could not cast, and the line of the statement."""
    with caplog.at_level("DEBUG"), pytest.raises(UnavailableError):
        run(engine, "SELECT CAST(name AS INTEGER) AS hush FROM product WHERE name = 'Bolt' OR name > ''")
    ((name,),) = run(engine, "SELECT name FROM product", max_rows=1).rows
    assert not any(word in caplog.text for word in ("hush", "CAST", str(name), "Conversion Error"))


def test_python_objects_are_no_tables(engine: DuckDbEngine) -> None:
    """A variable of this process is not found under its name."""
    import numpy as np

    frame = {"n": np.arange(3)}
    with pytest.raises(UnavailableError):
        run(engine, "SELECT * FROM frame")
    assert len(frame["n"]) == 3


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

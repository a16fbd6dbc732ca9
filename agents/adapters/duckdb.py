"""The laptop's engine: DuckDB over the Parquet files of one folder, and over nothing else."""

from __future__ import annotations

import hashlib
import logging
import math
import os
import re
import tempfile
import threading
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final

from agents.access.ports import Rows
from agents.access.result_size import MAX_RESULT_BYTES, Room
from agents.data_schema import DATA_TABLES, MONTH
from agents.errors import DeadlineError, SetupError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection

    from agents.access.ports import Cell
    from agents.data_schema import DataTable
    from agents.deadline import Deadline

log = logging.getLogger(__name__)

# The gateway lets only SELECTs through; these make sure that even another statement would reach nothing.
_SETTINGS: Final[Mapping[str, str | int | bool]] = {
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_unsigned_extensions": False,
    "allow_extension_repositories": "forbidden",
    "allow_persistent_secrets": False,
    "temp_directory": "",  # what does not fit into the memory limit fails, and no row is spilled to a disk
    "max_expression_depth": 500,  # deeper than what the gateway sends, and far from the stack's end
}
# The last to be set: what is above holds while views are made, these hold for good.
_LOCKS: Final = ("SET enable_external_access=false", "SET lock_configuration=true")
_BATCH: Final = 100  # rows that are read before looking at the clock and the byte cap
_FIXED: Final = re.compile(r"(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|BOOLEAN|DECIMAL.*|DATE|TIME.*)(?<!\])")
_AGAIN_S: Final = 0.05


class DuckDbEngine:
    """An `Engine` with one view for each table of the data schema; raises SetupError when a file is missing.

    Its catalogue is opened read-only, nothing but the tables' own files can be read, and it runs nothing but one
    SELECT at a time, within `memory_mb`.
    """

    dialect: ClassVar[str] = "duckdb"

    def __init__(self, folder: Path, *, threads: int = 2, memory_mb: int = 512) -> None:
        import duckdb  # noqa: PLC0415 - costs 0.1 s, and only a laptop has it

        # What cannot be made a value of Python's fails when it is read.
        self._failures = (duckdb.Error, ArithmeticError, ValueError, MemoryError)
        self._select = duckdb.StatementType.SELECT
        files = {table: sorted(folder.resolve().glob(table.file("*"))) for table in DATA_TABLES}
        if missing := [table.file("*") for table in DATA_TABLES if not files[table]]:
            raise SetupError(f"{folder} has no {missing[0]}", fix="Delete the folder; it is made anew.")
        self._files = [path for paths in files.values() for path in paths]
        try:
            with tempfile.TemporaryDirectory(prefix="quartermaster-") as made:
                catalogue = f"{made}/views.duckdb"
                with duckdb.connect(catalogue, config={**_SETTINGS, "fsync_mode": "NONE"}) as views:
                    for table, paths in files.items():
                        views.execute(f'CREATE VIEW "{table.name}" AS {_select(table, paths)}')
                # It stays readable while it is open, though it has no name any more.
                limits: dict[str, str | int | bool] = {"threads": threads, "memory_limit": f"{memory_mb}MB"}
                self._connection = duckdb.connect(catalogue, read_only=True, config={**_SETTINGS, **limits})
            self._lock()
        except duckdb.Error as error:
            log.warning("opening %s failed: %s", folder, error)
            raise SetupError(f"a file in {folder} is damaged", fix="Delete the folder; it is made anew.") from error

    def _lock(self) -> None:
        """Only the tables' own files stay readable."""
        listed = ", ".join(_text(path.as_posix()) for path in self._files)
        for lock in (f"SET allowed_paths=[{listed}]", *_LOCKS):
            self._connection.execute(lock)

    def data_version(self) -> str | None:
        """By the files themselves: another process may make the folder anew."""
        try:
            found = [(file.st_ino, file.st_size, file.st_mtime_ns) for file in map(os.stat, self._files)]
        except OSError:
            return None
        return _digest(repr(found))

    def execute(self, statement: str, *, max_rows: int, deadline: Deadline) -> Rows:
        left = deadline.check("the query")
        cursor = self._connection.cursor()  # a cursor is a connection of its own: threads do not wait for each other
        try:
            with _interrupted_after(left, cursor):
                statements = cursor.extract_statements(statement)
                if [each.type for each in statements] != [self._select]:
                    log.error("the engine was sent something else than one SELECT")
                    raise UnavailableError("the query failed", fix="Ask it in another way.")
                columns = _bounded(cursor, statements[0].query, max_rows)
                return _read(cursor, columns, max_rows, deadline)
        except self._failures as error:
            if deadline.remaining_s() <= 0:
                raise DeadlineError("the query took too long", fix="Ask for less.") from error
            # Its words may hold values of rows and the statement's own; the audit has the same digest.
            log.warning("query sha256:%s failed: %s", _digest(statement), type(error).__name__)
            raise UnavailableError("the query failed", fix="Ask it in another way.") from error
        finally:
            cursor.close()

    def close(self) -> None:
        """Frees the memory."""
        self._connection.close()


@contextmanager
def _interrupted_after(seconds: float, cursor: DuckDBPyConnection) -> Iterator[None]:
    """Interrupts the cursor when the time is up, and again: one that comes between two steps is lost."""
    done = threading.Event()

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            cursor.interrupt()
            wait = _AGAIN_S

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _bounded(cursor: DuckDBPyConnection, select: str, max_rows: int) -> tuple[str, ...]:
    """Runs a SELECT so that what is beyond the byte cap never leaves the engine; its columns.

    The engine hands over 2,048 rows at once, outside of its memory limit and deaf to an interrupt: with texts of 1 MB
    that was 2 GB and half a minute. So it counts itself. Each row ends with whether the texts up to it fit; where they
    do not, they are null.
    """
    select = select.rstrip().rstrip(";")
    described = cursor.execute(f"DESCRIBE {select}").fetchall()
    names = [f"c{number}" for number in range(len(described))]
    width = " + ".join(
        f"coalesce(strlen({name}::VARCHAR), 0)"
        for name, (_, type_, *_) in zip(names, described, strict=True)
        if not _FIXED.fullmatch(type_)
    )
    if width:
        listed = ", ".join(names)
        fitting = ", ".join(f"CASE WHEN fits THEN {name} END" for name in names)
        select = (
            f"SELECT {fitting}, fits FROM ("  # noqa: S608 - names of ours around what the gateway verified
            f"SELECT *, sum({width}) OVER (ROWS UNBOUNDED PRECEDING) <= {MAX_RESULT_BYTES} AS fits"
            f" FROM (SELECT * FROM ({select}\n) LIMIT {max_rows + 1}) AS t({listed}))"
        )
    cursor.execute(select)
    return tuple(name for name, *_ in described)


def _read(cursor: DuckDBPyConnection, columns: tuple[str, ...], max_rows: int, deadline: Deadline) -> Rows:
    """The result to the first row that is one too many, or too large."""
    rows: list[tuple[Cell, ...]] = []
    room = Room()
    while found := cursor.fetchmany(_BATCH):
        deadline.check("the result")
        for raw in found:
            row = tuple(map(_cell, raw[: len(columns)]))
            fits = all(raw[len(columns) :])
            if len(rows) == max_rows or not fits or not room.takes(row):
                return Rows(columns, tuple(rows), truncated=True)
            rows.append(row)
    return Rows(columns, tuple(rows))


def _cell(value: object) -> Cell:
    """A value in JSON's types; a Decimal keeps its scale as text, and what JSON cannot say is null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else repr(value)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _select(table: DataTable, paths: Sequence[Path]) -> str:
    """Reads files by name, not by pattern: the folder's own name may hold what a pattern is made of."""
    listed = ", ".join(_text(path.as_posix()) for path in paths)
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    # Left to guess, DuckDB would make 2026-05 a date, and a folder above that has a '=' in its name a column.
    months = f"true, hive_types = {{'{MONTH.name}': VARCHAR}}" if table.monthly else "false"
    return f"SELECT {columns} FROM read_parquet([{listed}], hive_partitioning = {months})"  # noqa: S608 - our own names


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"

"""The laptop's engine: DuckDB over the Parquet files of one folder, and over nothing else."""

from __future__ import annotations

import logging
import threading
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final

from agents.access.ports import Rows
from agents.data_schema import DATA_TABLES, MONTH
from agents.errors import DeadlineError, SetupError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from agents.access.ports import Cell
    from agents.data_schema import DataTable
    from agents.deadline import Deadline

log = logging.getLogger(__name__)

# The gateway lets only SELECTs through; these make sure that even another statement would reach nothing.
_LOCKS: Final = (
    "SET python_enable_replacements=false",
    "SET autoinstall_known_extensions=false",
    "SET autoload_known_extensions=false",
    "SET enable_external_access=false",
    "SET lock_configuration=true",
)


class DuckDbEngine:
    """An `Engine` with one view for each table of the data schema; raises SetupError when a file is missing."""

    dialect: ClassVar[str] = "duckdb"

    def __init__(self, folder: Path, *, threads: int = 2, memory_mb: int = 512) -> None:
        import duckdb  # noqa: PLC0415 - costs 0.1 s, and only a laptop has it

        self._failures = (duckdb.Error,)
        files = {table: sorted(folder.resolve().glob(table.file("*"))) for table in DATA_TABLES}
        if missing := [table.file("*") for table in DATA_TABLES if not files[table]]:
            raise SetupError(f"{folder} has no {missing[0]}", fix="Delete the folder; it is made anew.")
        self._connection = duckdb.connect(
            ":memory:", config={"threads": threads, "memory_limit": f"{memory_mb}MB", "enable_object_cache": True}
        )
        try:
            self._open(folder.resolve(), files)
        except duckdb.Error as error:
            self._connection.close()
            log.warning("opening %s failed: %s", folder, error)
            raise SetupError(f"a file in {folder} is damaged", fix="Delete the folder; it is made anew.") from error

    def _open(self, folder: Path, files: Mapping[DataTable, Sequence[Path]]) -> None:
        # Only what lies in the folder stays readable once external access is off.
        self._connection.execute(f"SET allowed_directories=[{_text(folder.as_posix() + '/')}]")
        for table, paths in files.items():
            self._connection.execute(f'CREATE VIEW "{table.name}" AS {_select(table, paths)}')
        for lock in _LOCKS:
            self._connection.execute(lock)

    def execute(self, statement: str, *, max_rows: int, deadline: Deadline) -> Rows:
        left = deadline.check("the query")
        cursor = self._connection.cursor()  # a cursor is a connection of its own: threads do not wait for each other
        interrupt = threading.Timer(left, cursor.interrupt)
        interrupt.start()
        try:
            cursor.execute(statement)
            columns = tuple(column[0] for column in cursor.description or ())
            rows = cursor.fetchmany(max_rows + 1)
        except self._failures as error:
            if deadline.remaining_s() <= 0:
                raise DeadlineError("the query took too long", fix="Ask for less.") from error
            log.warning("query failed: %s", error)
            raise UnavailableError("the query failed", fix="Ask it in another way.") from error
        finally:
            interrupt.cancel()
            cursor.close()
        return Rows(columns, tuple(tuple(map(_cell, row)) for row in rows[:max_rows]), truncated=len(rows) > max_rows)

    def close(self) -> None:
        """Frees the memory."""
        self._connection.close()


def _cell(value: object) -> Cell:
    """A value in JSON's types; a Decimal keeps its scale as text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else repr(value)


def _select(table: DataTable, paths: Sequence[Path]) -> str:
    """Reads files by name, not by pattern: the folder's own name may hold what a pattern is made of."""
    listed = ", ".join(_text(path.as_posix()) for path in paths)
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    # Left to guess, DuckDB would make 2026-05 a date, and a folder above that has a '=' in its name a column.
    months = f"true, hive_types = {{'{MONTH.name}': VARCHAR}}" if table.monthly else "false"
    return f"SELECT {columns} FROM read_parquet([{listed}], hive_partitioning = {months})"  # noqa: S608 - our own names


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"

"""Views that show an existing lake as ours: our tables and columns, selected and cast from theirs. Pure planning.

A view of Athena is a Glue table whose text is a JSON document in base64, inside a comment: `originalSql`, `catalog`,
`schema`, and `columns` in Trino's types, while the storage descriptor has the same columns in Hive's. Checked by
decoding, parsing and running the statement on the emulator's Athena, which has no views; not run on AWS.
The gateway reads with its own rights, so it must be allowed to read their tables and files as well as the views.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agents.data_schema import DATA_TABLES, MONTH, Monthly

from .lake_tables import glue_columns
from .problems import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agents.data_schema import DataTable

CATALOG: Final = "awsdatacatalog"  # Athena's name of an account's own Glue catalogue
VIEW_PARAMETERS: Final = {"presto_view": "true", "comment": "Presto View"}
EXPANDED: Final = "/* Presto View */"
_TRINO: Final = {"string": "varchar", "int": "integer"}  # the other types have one name in both
_KEY: Final = "data.source"
_WILDCARDS: Final = frozenset("*?$")  # in a policy they are not letters


@dataclass(frozen=True, kw_only=True)
class SourceTable:
    """Their table, and their column for each of ours; one that is not listed has our name there too."""

    table: str
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LakeSource:
    """A lake that exists: where Athena finds it, where its files lie, and what its tables are called."""

    catalog: str = CATALOG
    database: str
    locations: tuple[str, ...]  # s3://bucket/prefix/
    tables: Mapping[str, SourceTable]  # by our name


def source_problems(source: LakeSource, *, own_database: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a source, each as a key of the settings and a sentence."""
    if not source.database:
        yield f"{_KEY}.database", "is missing; write the name of the lake's Glue database, for example erp"
    elif source.database == own_database:
        yield f"{_KEY}.database", f"{own_database} is the database of our own views; write the lake's, or rename ours"
    if not source.locations:
        yield f"{_KEY}.locations", "is empty; write where the lake's files lie, for example s3://acme-lake/erp/"
    for number, location in enumerate(source.locations):
        if not location.startswith("s3://") or not location.endswith("/") or _WILDCARDS & set(location):
            yield (
                f"{_KEY}.locations.{number}",
                f"{location} is no place that can be granted; write s3://bucket/prefix/ without wildcards",
            )
    yield from _mapping_problems(source)


def _mapping_problems(source: LakeSource) -> Iterator[tuple[str, str]]:
    known = {table.name: [column.name for column in table.columns] for table in DATA_TABLES}
    for name, theirs in source.tables.items():
        if name not in known:
            yield f"{_KEY}.tables.{name}", f"is not a table of ours; {nearest(name, known)}"
            continue
        for column in theirs.columns:
            if column not in known[name]:
                where = f"{_KEY}.tables.{name}.columns.{column}"
                yield where, f"is not a column of ours; {nearest(column, known[name])}"
    if missing := [name for name in known if name not in source.tables]:
        yield f"{_KEY}.tables", f"has nothing for {', '.join(missing)}; write {missing[0]}: {{table: their name}}"


def view_text(table: DataTable, source: LakeSource, database: str) -> str:
    """The text of the Glue table that is the view of `table` in our `database`."""
    view = {
        "originalSql": view_sql(table, source),
        "catalog": CATALOG,
        "schema": database,
        "columns": [{"name": column.name, "type": _trino(column.type)} for column in table.columns],
    }
    return f"/* Presto View: {base64.b64encode(json.dumps(view).encode()).decode()} */"


def view_storage(table: DataTable) -> dict[str, object]:
    """The storage descriptor of a view: our columns, and a reader that says there is nothing to read."""
    return {
        "columns": glue_columns(table.columns),
        "ser_de_info": {"name": "-", "serialization_library": "-"},
    }


def view_sql(table: DataTable, source: LakeSource) -> str:
    """One SELECT that gives exactly the columns of `table`, in order and of their types."""
    selected = [
        f"{_cast(_theirs(table, column.name, source), column.type)} AS {_quoted(column.name)}"
        for column in table.stored
    ]
    join = ""
    if table.monthly:
        month, join = _month(table, table.monthly, source)
        selected.append(f"{month} AS {_quoted(MONTH.name)}")
    return f"SELECT {', '.join(selected)} FROM {_place(table, source)} AS t{join}"  # noqa: S608 - names are quoted


def _month(table: DataTable, monthly: Monthly, source: LakeSource) -> tuple[str, str]:
    """How a row's month is found, and the join that it takes.

    From their own column where one is mapped, else from the day, else from the header. The header's side has one row
    for each key, so the join never adds a row, and a line without a header keeps its place with no month.
    """
    if MONTH.name in source.tables[table.name].columns:
        return _cast(_theirs(table, MONTH.name, source), MONTH.type), ""
    if not monthly.header:
        return f"substr(CAST({_cast(_theirs(table, monthly.day, source), 'date')} AS varchar), 1, 7)", ""
    header = next(other for other in DATA_TABLES if other.name == monthly.header)
    month, _ = _month(header, Monthly(monthly.day), source)
    key = _cast(_theirs(header, monthly.key, source), "string")
    months = f"{key} AS header_key, max({month}) AS header_month FROM {_place(header, source)} AS t GROUP BY 1"
    on = f"m.header_key = {_cast(_theirs(table, monthly.key, source), 'string')}"
    return "m.header_month", f" LEFT JOIN (SELECT {months}) AS m ON {on}"


def _place(table: DataTable, source: LakeSource) -> str:
    return ".".join(map(_quoted, (source.catalog, source.database, source.tables[table.name].table)))


def _theirs(table: DataTable, column: str, source: LakeSource) -> str:
    return f"t.{_quoted(source.tables[table.name].columns.get(column, column))}"


def _cast(expression: str, type_: str) -> str:
    return f"CAST({expression} AS {_trino(type_)})"


def _trino(type_: str) -> str:
    return _TRINO.get(type_, type_)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

"""A row filter for people to read: in words, and as a condition with named parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.access.policy import AllOf, EveryRow, OneOf, Own, Through

if TYPE_CHECKING:
    from agents.access.policy import RowFilter


def words_of(rows: RowFilter) -> str:
    """Such as `where warehouse_id is one of the person's own warehouses`."""
    return "every row" if isinstance(rows, EveryRow) else "where " + " and ".join(map(_words, _parts(rows)))


def predicate_of(rows: RowFilter) -> tuple[str, tuple[str, ...]]:
    """The condition, and the attributes that its parameters are: for `:warehouses` the person's own.

    It is for reading: the gateway builds what it sends from nodes, with values of its own.
    """
    if isinstance(rows, EveryRow):
        return "TRUE", ()
    parts = _parts(rows)
    attributes = {part.attribute for part in parts if isinstance(part, Own)}
    attributes |= {part.own.attribute for part in parts if isinstance(part, Through)}
    return " AND ".join(map(_condition, parts)), tuple(sorted(attributes))


def _parts(rows: Own | OneOf | Through | AllOf) -> tuple[Own | OneOf | Through, ...]:
    return rows.filters if isinstance(rows, AllOf) else (rows,)


def _words(part: Own | OneOf | Through) -> str:
    if isinstance(part, Own):
        return f"{part.column} is one of the person's own {part.attribute}"
    if isinstance(part, OneOf):
        return f"{part.column} is one of {', '.join(map(repr, part.values))}"
    return f"{part.column} is the {part.key} of a row of {part.table} {words_of(part.own)}"


def _condition(part: Own | OneOf | Through) -> str:
    if isinstance(part, Own):
        return f"{part.column} IN (:{part.attribute})"
    if isinstance(part, OneOf):
        listed = ", ".join("'" + value.replace("'", "''") + "'" for value in part.values)
        return f"{part.column} IN ({listed})"
    inner = f"SELECT {part.key} FROM {part.table} WHERE {_condition(part.own)}"  # noqa: S608 - is read, never sent
    return f"{part.column} IN ({inner})"

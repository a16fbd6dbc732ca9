"""What stands for a governed table in a statement: a sub-query of what is granted of it.

Columns in the catalogue's order; a masked one is a constant of its type under its name, one that is not granted is not
there, so no condition outside can name its values. Rows that are left out could still be told apart by conditions that
fail on them, so what filters has a fence: see docs/decisions/004.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from sqlglot import exp

from agents.access.grammar import write
from agents.access.policy import AllOf, EveryRow, OneOf, Own, RowFilter, Through
from agents.errors import ForbiddenError

if TYPE_CHECKING:
    from agents.access.catalogue import Catalogue, CataloguedTable
    from agents.access.policy import Mask, TableGrant
    from agents.access.principal import Principal

# More rows than there are. DuckDB takes a LIMIT away that is a constant and never binds; Athena knows only constants.
_FENCE: Final = exp.Literal.number(10**15)
_FENCES: Final[dict[str, exp.Expr]] = {
    "duckdb": exp.Subquery(this=exp.select(_FENCE)),
    "athena": _FENCE,
}
TEXT: Final = "string"
_TYPES: Final = {
    "string": "VARCHAR",
    "int": "INT",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
_DECIMAL: Final = re.compile(r"decimal\([1-9][0-9]?,[0-9]{1,2}\)")


@dataclass(frozen=True)
class Comparison:
    """A condition of the query that may stand in a guard too: `column operator values`, all values plain text."""

    column: str
    operator: str  # =, <, <=, >, >=, BETWEEN, IN
    values: tuple[str, ...]


# column in (values), none: no rows; or column in (key of table where the rest)
_Values: TypeAlias = "tuple[str, tuple[str, ...]]"
_Pointer: TypeAlias = "tuple[str, str, str, _Values]"


@dataclass(frozen=True)
class Guard:
    """A guard by value: two that are equal are written the same.

    `columns` are names with the cast that masks them, empty for what is shown.
    """

    table: str
    columns: tuple[tuple[str, str, Mask | None], ...]
    conditions: tuple[_Values | _Pointer, ...]

    @property
    def shown(self) -> frozenset[str]:
        """Columns with their own values."""
        return frozenset(name for name, _, mask in self.columns if mask is None)


def guard(name: str, grant: TableGrant, catalogue: Catalogue, principal: Principal) -> Guard:
    """The guard of a granted table; a grant that does not fit the catalogue grants nothing: ForbiddenError."""
    table = catalogue[name]
    granted = table.columns.keys() if grant.columns is None else set(grant.columns)
    fits = granted and granted <= table.columns.keys() and grant.masks.keys() <= granted
    if not fits:
        raise _unfit(name)
    columns = tuple(
        (
            column,
            _masked_type(name, type_, grant.masks[column]) if column in grant.masks else "",
            grant.masks.get(column),
        )
        for column, type_ in table.columns.items()
        if column in granted
    )
    return Guard(name, columns, _conditions(name, grant.rows, catalogue, principal))


def _masked_type(table: str, type_: str, mask: Mask) -> str:
    written = _TYPES.get(type_) or (type_.upper() if _DECIMAL.fullmatch(type_) else "")
    if not written or mask not in {"null", "redacted"} or (mask == "redacted" and type_ != TEXT):
        raise _unfit(table)
    return written


def _conditions(
    name: str, rows: RowFilter, catalogue: Catalogue, principal: Principal
) -> tuple[_Values | _Pointer, ...]:
    table = catalogue[name]
    if isinstance(rows, EveryRow):
        return ()
    if isinstance(rows, Own | OneOf):
        return (_values(name, rows, table, principal),)
    if isinstance(rows, Through):
        target = catalogue.get(rows.table)
        if target is None or rows.column not in table.columns or rows.key not in target.columns:
            raise _unfit(name)
        return ((rows.column, rows.table, rows.key, _values(name, rows.own, target, principal)),)
    if isinstance(rows, AllOf) and rows.filters and not any(isinstance(one, EveryRow | AllOf) for one in rows.filters):
        return tuple(part for one in rows.filters for part in _conditions(name, one, catalogue, principal))
    raise _unfit(name)


def _values(name: str, rows: Own | OneOf, table: CataloguedTable, principal: Principal) -> _Values:
    if not isinstance(rows, Own | OneOf) or table.columns.get(rows.column) != TEXT:
        raise _unfit(name)
    values = rows.values if isinstance(rows, OneOf) else principal.attributes.get(rows.attribute, ())
    if isinstance(values, str) or not all(isinstance(value, str) and value.isprintable() for value in values):
        raise _unfit(name)
    return rows.column, tuple(sorted(set(values)))


def _unfit(table: str) -> ForbiddenError:
    return ForbiddenError(
        f"what is granted of {table!r} cannot be given", fix="Ask an access administrator to look at its grant."
    )


@lru_cache(maxsize=256)  # a person's guards are the same in every query
def text_of(it: Guard, pruned: tuple[Comparison, ...], dialect: str) -> str:
    """The guard in brackets, with conditions of the query that read less of it."""
    select = exp.select(*(_projected(*column) for column in it.columns)).from_(_table(it.table))
    if it.conditions:
        conditions = [*map(_condition, it.conditions), *map(_compared, pruned)]
        select = select.where(*conditions, copy=False)
        select.set("limit", exp.Limit(expression=_FENCES[dialect].copy()))
    return f"({write(select, dialect)})"


@lru_cache(maxsize=256)
def predicate_of(it: Guard, dialect: str) -> str:
    """The condition on rows, for the certificate."""
    conditions = [_condition(one) for one in it.conditions]
    return " AND ".join(one.sql(dialect=dialect, identify=True) for one in conditions) or "every row"


def _projected(name: str, type_: str, mask: Mask | None) -> exp.Expr:
    if mask is None:
        return _column(name)
    constant = exp.null() if mask == "null" else exp.Literal.string("***")
    return exp.alias_(exp.cast(constant, type_), name)


def _condition(it: _Values | _Pointer) -> exp.Expr:
    if len(it) == 2:  # noqa: PLR2004 - a column and its values
        column, values = it
        return exp.In(this=_column(column), expressions=_literals(values)) if values else exp.false()
    column, table, key, own = it
    inner = exp.select(_column(key)).from_(_table(table)).where(_condition(own))
    return exp.In(this=_column(column), query=exp.Subquery(this=inner))


_OPERATORS: Final[dict[str, type[exp.Binary]]] = {
    "=": exp.EQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}


def _compared(it: Comparison) -> exp.Expr:
    column, values = _column(it.column), _literals(it.values)
    if it.operator == "IN":
        return exp.In(this=column, expressions=values)
    if it.operator == "BETWEEN":
        return exp.Between(this=column, low=values[0], high=values[1])
    return _OPERATORS[it.operator](this=column, expression=values[0])


def _literals(values: tuple[str, ...]) -> list[exp.Literal]:
    return [exp.Literal.string(value) for value in values]


def _column(name: str) -> exp.Column:
    return exp.column(name)


def _table(name: str) -> exp.Table:
    return exp.Table(this=exp.to_identifier(name))

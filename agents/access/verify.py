"""A second look at a statement that is about to be sent: every table in it stands inside its guard, or it is refused.

Written apart from `rewrite`: without its parser and its tree, by a lexer of its own and one pass over the tokens. It
writes the expected guard as text by itself and compares letter by letter. A mistake must be made twice, in two ways,
before a row can leak. See docs/decisions/011.

What makes the pass so short: in a statement of ours every name is quoted and every other word is one of `_WORDS`, so
FROM, JOIN and the commas behind them are never anything else, and no word calls a function that reads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from agents.access.lexer import Tokens, Unreadable
from agents.access.policy import AllOf, EveryRow, OneOf, Own, Through
from agents.errors import ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.access.catalogue import Catalogue
    from agents.access.policy import Policy, RowFilter, TableGrant
    from agents.access.principal import Principal

_LONGEST: Final = 1_000_000  # characters; guards of a person with many values are long
_DEEPEST: Final = 100  # brackets
# Of queries, of functions on values, of types, of dates.
_WORDS: Final = frozenset(
    """
    ALL ANTI AND AS ASC BETWEEN BOTH BY CASE CROSS CURRENT DESC DISTINCT ELSE END EXCEPT EXCLUDE EXISTS FALSE
    FIRST FOLLOWING FROM FULL GROUP GROUPS HAVING IN INNER INTERSECT IS JOIN LAST LEADING LEFT LIKE ILIKE LIMIT
    NAME NATURAL NOT NULL NULLS OFFSET ON OR ORDER OUTER OVER PARTITION POSITIONAL PRECEDING RANGE RENAME
    REPLACE RIGHT ROW ROWS SELECT SEMI THEN TRAILING TRUE UNBOUNDED UNION USING WHEN WHERE WITH
    ABS AVG CAST CEIL CEILING COALESCE CONCAT COUNT DATE_ADD DATE_DIFF DATE_SUB DATE_TRUNC DENSE_RANK EXTRACT
    FLOOR GREATEST IF LAG LEAD LEAST LENGTH LOWER LTRIM MAX MIN NULLIF POW POWER RANK ROUND ROW_NUMBER RTRIM
    SQRT STDDEV STDDEV_POP STDDEV_SAMP SUBSTR SUBSTRING SUM TRIM UPPER VARIANCE VAR_POP VAR_SAMP
    BIGINT BOOLEAN CHAR DATE DECIMAL DOUBLE FLOAT INT INT128 INTEGER INTERVAL REAL SMALLINT TEXT TIME TIMESTAMP
    TINYINT VARCHAR
    YEAR QUARTER MONTH WEEK DAY HOUR MINUTE SECOND MILLISECOND MICROSECOND YEARS QUARTERS MONTHS WEEKS DAYS
    HOURS MINUTES SECONDS MILLISECONDS MICROSECONDS DOW DOY ISODOW ISOYEAR EPOCH DAY_OF_WEEK DAY_OF_YEAR
    DAYOFWEEK DAYOFYEAR TO_UNIXTIME
    """.split()  # noqa: SIM905 - a list of a hundred quoted words cannot be read
)
_AFTER_TABLES: Final = frozenset(
    {"SELECT", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "UNION", "INTERSECT", "EXCEPT"}
)
_GUARDED_TABLE: Final = re.compile(r' FROM "([a-z_][a-z0-9_]*)"')
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TEXT: Final = r"'(?:[^'\x00]|'')*+'"
# A condition of the query that a filtered guard may have too: one column and plain text, which cannot fail.
_PRUNING: Final = re.compile(
    rf' AND "([a-z_][a-z0-9_]*)" (?:(?:=|<=?|>=?) {_TEXT}|BETWEEN {_TEXT} AND {_TEXT}|IN \({_TEXT}(?:, {_TEXT})*+\))'
)
_FENCES: Final = {"duckdb": " LIMIT (SELECT 1000000000000000))", "athena": " LIMIT 1000000000000000)"}
_DECIMAL: Final = re.compile(r"decimal\(([0-9]+),([0-9]+)\)")
_TYPES: Final = {
    "duckdb": {"string": "TEXT", "int": "INT"},
    "athena": {"string": "VARCHAR", "int": "INTEGER"},
}
_SAME_TYPES: Final = frozenset({"bigint", "double", "boolean", "date", "timestamp"})


def verify(statement: str, principal: Principal, catalogue: Catalogue, policy: Policy, dialect: str) -> None:
    """Raises ForbiddenError unless each governed table in `statement` stands inside the guard of this principal."""
    granted = policy.grants(principal.persona).tables
    try:
        _Look(statement, granted, principal, catalogue, dialect).statement()
    except (
        Unreadable,
        RecursionError,
        KeyError,
        AttributeError,
        TypeError,
    ) as error:  # also a grant that makes no sense
        raise ForbiddenError("the statement could not be proven safe", fix="Write it more simply.") from error


class _Look:
    """One pass over one statement. Scopes are the names that WITH has defined where we are."""

    def __init__(
        self,
        statement: str,
        granted: Mapping[str, TableGrant],
        principal: Principal,
        catalogue: Catalogue,
        dialect: str,
    ) -> None:
        if len(statement) > _LONGEST:
            raise Unreadable
        self._statement = statement
        self._granted = granted
        self._principal = principal
        self._catalogue = catalogue
        self._types = _TYPES[dialect]
        self._fence = _FENCES[dialect]
        self._tokens = Tokens(statement)
        self._depth = 0

    def statement(self) -> None:
        """One query, from the first letter to the last."""
        if self._tokens.text not in {"SELECT", "WITH", "("} or self._tokens.kind not in {"word", "punctuation"}:
            raise Unreadable
        self._level(frozenset())
        if self._tokens.kind != "end":
            raise Unreadable

    def _level(self, scope: frozenset[str], *, tables: bool = False, from_is_part: bool = False) -> None:
        """Reads a query or expressions, up to the bracket that closes them or the end.

        `tables`: it begins with one, and a comma is followed by one. `from_is_part`: of a function, once, as in
        TRIM(BOTH 'x' FROM y).
        """
        tokens = self._tokens
        if self._depth > _DEEPEST:
            raise Unreadable
        if tables:
            self._table(scope)
        elif tokens.kind == "word" and tokens.text == "WITH":
            scope = self._with(scope)
        while True:
            kind, text = tokens.kind, tokens.text
            if kind == "end" or text == ")":
                return
            tokens.next()
            if kind == "word":
                tables, from_is_part = self._word(text, scope, tables=tables, from_is_part=from_is_part)
            elif text == "(":
                self._bracket(scope)
            elif text == "," and tables:
                self._table(scope)
            elif kind == "name" and tokens.text == "(":  # a function by a quoted name
                raise Unreadable

    def _word(self, word: str, scope: frozenset[str], *, tables: bool, from_is_part: bool) -> tuple[bool, bool]:
        """Reads what stands behind a word that needs it, and says whether a comma is followed by a table now."""
        if word not in _WORDS or word == "WITH" or (word == "IN" and self._tokens.text != "("):
            raise Unreadable
        if word == "FROM" and from_is_part:
            return tables, False
        if word in {"FROM", "JOIN"}:
            self._table(scope)
            return True, from_is_part
        if word in _AFTER_TABLES:
            if from_is_part:
                raise Unreadable
            return False, False
        if word in {"EXTRACT", "TRIM"}:
            self._tokens.expect("(")
            self._bracket(scope, from_is_part=True)
        return tables, from_is_part

    def _bracket(self, scope: frozenset[str], *, tables: bool = False, from_is_part: bool = False) -> None:
        """What stands behind an opening bracket, with the closing one."""
        self._depth += 1
        self._level(scope, tables=tables, from_is_part=from_is_part)
        self._depth -= 1
        self._tokens.expect(")")

    def _with(self, scope: frozenset[str]) -> frozenset[str]:
        """Reads the definitions, each of which sees those before it; the scope with all of them."""
        tokens = self._tokens
        tokens.next()
        while True:
            name = tokens.name()
            if not _PLAIN_NAME.fullmatch(name) or name.lower() in self._catalogue:
                raise Unreadable
            self._column_names()
            tokens.expect("AS")
            tokens.expect("(")
            self._bracket(scope)
            scope |= {name.lower()}
            if not tokens.take(","):
                return scope

    def _table(self, scope: frozenset[str]) -> None:
        """What stands where a table stands: a guard, a name of WITH, a sub-query or tables in brackets."""
        tokens = self._tokens
        if tokens.kind == "name":
            name = tokens.name()
            if not _PLAIN_NAME.fullmatch(name) or name.lower() not in scope or tokens.text == "(":
                raise Unreadable
        elif (end := self._guard_end(tokens.start)) is not None and tokens.text == "(":
            tokens.jump(end)
        else:
            tokens.expect("(")
            query = tokens.kind == "word" and tokens.text in {"SELECT", "WITH"}
            self._bracket(scope, tables=not query)
        named = tokens.take("AS")
        if named or tokens.kind == "name":
            tokens.name()
            self._column_names()

    def _column_names(self) -> None:
        """`("a", "b")` behind a name, if it is there."""
        tokens = self._tokens
        if tokens.take("("):
            tokens.name()
            while tokens.take(","):
                tokens.name()
            tokens.expect(")")

    def _guard_end(self, start: int) -> int | None:
        """Where the guard that begins at `start` ends, None when none does."""
        source = _GUARDED_TABLE.search(self._statement, start)
        grant = self._granted.get(source[1]) if source else None
        if source is None or grant is None:
            return None
        name = source[1]
        columns = self._catalogue[name].columns
        begin = "(" + self._projection(columns, grant) + f' FROM "{name}"'
        if isinstance(grant.rows, EveryRow):
            begin, end = begin + ")", ""
        else:
            begin, end = f"{begin} WHERE {self._where(columns, grant.rows)}", self._fence
        if not self._statement.startswith(begin, start):
            return None
        position = start + len(begin)
        if not end:
            return position
        partitions = self._catalogue[name].partitions - grant.masks.keys()
        while found := _PRUNING.match(self._statement, position):
            if found[1] not in partitions or columns[found[1]] != "string" or not _is_granted(found[1], grant):
                return None
            position = found.end()
        return position + len(end) if self._statement.startswith(end, position) else None

    def _projection(self, columns: Mapping[str, str], grant: TableGrant) -> str:
        wanted = [column for column in columns if _is_granted(column, grant)]
        if not wanted or not set(grant.columns or ()) <= columns.keys() or not grant.masks.keys() <= set(wanted):
            raise Unreadable
        return "SELECT " + ", ".join(self._projected(column, columns[column], grant) for column in wanted)

    def _projected(self, column: str, type_: str, grant: TableGrant) -> str:
        mask = grant.masks.get(column)
        if mask is None:
            return f'"{column}"'
        if mask not in {"null", "redacted"} or (mask == "redacted" and type_ != "string"):
            raise Unreadable
        value = "NULL" if mask == "null" else "'***'"
        return f'CAST({value} AS {self._type(type_)}) AS "{column}"'

    def _type(self, type_: str) -> str:
        if decimal := _DECIMAL.fullmatch(type_):
            return f"DECIMAL({decimal[1]}, {decimal[2]})"
        return type_.upper() if type_ in _SAME_TYPES else self._types[type_]

    def _where(self, columns: Mapping[str, str], rows: RowFilter) -> str:
        if isinstance(rows, AllOf) and rows.filters:
            if any(isinstance(one, AllOf) for one in rows.filters):
                raise Unreadable
            return " AND ".join(self._where(columns, one) for one in rows.filters)
        if isinstance(rows, Through) and rows.column in columns:
            target = self._catalogue[rows.table].columns
            if rows.key in target and isinstance(rows.own, Own | OneOf):
                inner = f'SELECT "{rows.key}" FROM "{rows.table}" WHERE {self._where(target, rows.own)}'
                return f'"{rows.column}" IN ({inner})'
        if isinstance(rows, Own | OneOf) and columns[rows.column] == "string":
            values = rows.values if isinstance(rows, OneOf) else self._principal.attributes.get(rows.attribute, ())
            return _is_one_of(rows.column, values)
        raise Unreadable


def _is_one_of(column: str, values: tuple[str, ...]) -> str:
    if isinstance(values, str) or any("\x00" in value for value in values):
        raise Unreadable
    quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in sorted(set(values)))
    return f'"{column}" IN ({quoted})' if quoted else "FALSE"


def _is_granted(column: str, grant: TableGrant) -> bool:
    return grant.columns is None or column in grant.columns

"""The SQL that may reach the data: one SELECT, made only of the node kinds listed here."""

from __future__ import annotations

import logging
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from agents.errors import InvalidError

# It warns with the text of what it cannot parse, and a statement's text is not for the log.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

MAX_SQL_CHARS: Final = 16_000
MAX_DEPTH: Final = 40  # the parser recurses; 300 parentheses end in RecursionError
MAX_NODES: Final = 4_000
MAX_ROWS: Final = 5_000

_STRUCTURE: Final = (
    exp.Select, exp.Union, exp.Intersect, exp.Except, exp.Subquery, exp.With, exp.CTE, exp.From, exp.Join,
    exp.Table, exp.TableAlias, exp.Identifier, exp.Column, exp.Alias, exp.Star, exp.Where, exp.Group, exp.Having,
    exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Distinct, exp.Literal, exp.Boolean, exp.Null, exp.Tuple,
    exp.Paren, exp.Interval, exp.Var, exp.DataType, exp.DataTypeParam, exp.Window, exp.WindowSpec, exp.Aliases,
)  # fmt: skip
_OPERATORS: Final = (
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between,
    exp.Like, exp.ILike, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.DPipe, exp.Exists,
)  # fmt: skip
_FUNCTIONS: Final = (
    exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Stddev, exp.StddevSamp, exp.StddevPop, exp.Variance,
    exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.Case, exp.If,
    exp.Cast, exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Substring, exp.Concat, exp.Extract, exp.DateTrunc,
    exp.TimestampTrunc, exp.DateDiff, exp.DateAdd, exp.DateSub, exp.TsOrDsToDate, exp.Date, exp.Year, exp.Month,
    exp.Day, exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead, exp.Pow, exp.Sqrt,
)  # fmt: skip
_ALLOWED: Final = frozenset((*_STRUCTURE, *_OPERATORS, *_FUNCTIONS))

# Parts of a node that are allowed beside its children of allowed kinds; any other non-empty part is refused.
_SELECT_PARTS: Final = frozenset(
    {
        "with_",
        "with",
        "expressions",
        "distinct",
        "from_",
        "from",
        "joins",
        "where",
        "group",
        "having",
        "order",
    }
    | {"limit", "offset"}
)
_TABLE_PARTS: Final = frozenset({"this", "alias"})
_JOIN_PARTS: Final = frozenset({"this", "on", "using", "side", "kind", "method"})


def parse_select(sql: str, dialect: str) -> exp.Query:
    """The one SELECT (set operations included) in `sql`; raises InvalidError for anything else."""
    if not sql.strip():
        raise InvalidError("the statement is empty", fix="Send one SELECT.")
    if any(_is_control(character) for character in sql):
        raise InvalidError("the statement holds control characters", fix="Send plain text.")
    if len(sql) > MAX_SQL_CHARS:
        raise InvalidError(
            f"the statement has {len(sql):,} characters, more than {MAX_SQL_CHARS:,}", fix="Ask for less."
        )
    if _depth(sql) > MAX_DEPTH:
        raise InvalidError(f"the statement nests deeper than {MAX_DEPTH} levels", fix="Flatten it.")
    try:
        statements = sqlglot.parse(sql, dialect=dialect)
    except (SqlglotError, RecursionError, ValueError) as error:
        raise InvalidError("the statement is not SQL that we understand", fix="Send one SELECT.") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Select | exp.SetOperation):
        raise InvalidError("only one SELECT statement is allowed", fix="Send one SELECT, without others.")
    return statements[0]


def check_nodes(query: exp.Query) -> None:
    """Raises InvalidError for the first node, or part of a node, that is not in the lists above."""
    for count, node in enumerate(query.walk()):
        if count >= MAX_NODES:
            raise InvalidError("the statement is too large", fix="Ask for less.")
        if type(node) not in _ALLOWED:
            raise _refused(node)
        if isinstance(node, exp.Select) and not _parts(node) <= _SELECT_PARTS:
            raise _refused(node, min(_parts(node) - _SELECT_PARTS))
        if isinstance(node, exp.Table):
            _check_table(node)
        if isinstance(node, exp.Join) and not _parts(node) <= _JOIN_PARTS:
            raise _refused(node, min(_parts(node) - _JOIN_PARTS))
        if isinstance(node, exp.With) and node.args.get("recursive"):
            raise _refused(node, "recursive")
        if isinstance(node, exp.Limit | exp.Offset) and not _whole_number(node.expression):
            raise InvalidError("LIMIT and OFFSET take a whole number", fix="Write it as digits.")


def _check_table(table: exp.Table) -> None:
    if table.args.get("db") or table.args.get("catalog"):
        raise InvalidError("a table is named without schema or catalogue", fix=f"Write {table.name!r}.")
    if not isinstance(table.this, exp.Identifier):
        raise InvalidError("table functions are not allowed", fix="Name a table.")
    if not _parts(table) <= _TABLE_PARTS:
        raise _refused(table, min(_parts(table) - _TABLE_PARTS))


def _parts(node: exp.Expr) -> set[str]:
    return {name for name, value in node.args.items() if value not in (None, [], False)}


def _whole_number(node: object) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit() and len(node.name) < 10  # noqa: PLR2004 - a billion rows


def _refused(node: exp.Expr, part: str = "") -> InvalidError:
    what = part or (node.name if isinstance(node, exp.Anonymous) else "") or node.key
    return InvalidError(
        f"{what[:64]!r} is not allowed in a statement",
        fix="Use plain SELECT, JOIN, GROUP BY and common functions.",
    )


def _is_control(character: str) -> bool:
    """Control characters, and halves of a surrogate pair, which no encoding can send."""
    return (character < " " and character not in "\n\r\t") or "\ud800" <= character <= "\udfff"


def _depth(sql: str) -> int:
    """Deepest nesting of brackets and CASE, counted without parsing; text in quotes counts too, which is safe."""
    depth = deepest = 0
    for character in sql:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth = max(0, depth - 1)
    return max(deepest, sql.lower().count("case"), sql.lower().count(" not "))

"""The SQL that may reach the data: one SELECT, made only of the node kinds listed here."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlglot import Dialect, TokenType, exp

from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# It warns with the text of what it cannot parse, and a statement's text is not for the log.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

MAX_SQL_CHARS: Final = 16_000
MAX_TOKENS: Final = 4_000  # the parser takes about 10 us for each
MAX_DEPTH: Final = 40  # the parser recurses; 300 parentheses end in RecursionError
MAX_NODES: Final = 4_000
MAX_TREE_DEPTH: Final = 300  # DuckDB stops at 1,000, the generator at its stack
# Nodes that the parser may make for each token, with those of attempts that it takes back. Queries of people need less
# than one; without a bound, each further JOIN that waits for its ON doubles the time.
MAX_NODES_PER_TOKEN: Final = 2
# The parser recurses for each JOIN that waits for its ON, and for each of some words in a row, such as INTERVAL.
MAX_JOINS: Final = 60
MAX_WORDS_IN_A_ROW: Final = 300
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

# Plain values only: a cast to some other types looks a name up, and a nested type takes any text as a field's name.
_T = exp.DataType.Type
_TYPES: Final = frozenset({
    _T.VARCHAR, _T.TEXT, _T.CHAR, _T.TINYINT, _T.SMALLINT, _T.INT, _T.BIGINT, _T.INT128, _T.FLOAT, _T.DOUBLE,
    _T.DECIMAL, _T.BOOLEAN, _T.DATE, _T.TIME, _T.TIMESTAMP, _T.TIMESTAMPNTZ, _T.DATETIME, _T.INTERVAL,
})  # fmt: skip
# Words that are written into a statement as they are; from any other text a quote could escape.
_UNITS: Final = ("YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND")
_PARTS_OF_DATES: Final = ("DOW", "DOY", "ISODOW", "ISOYEAR", "EPOCH", "DAY_OF_WEEK", "DAY_OF_YEAR")
_WORDS: Final = frozenset((*_UNITS, *(f"{unit}S" for unit in _UNITS), *_PARTS_OF_DATES, "ALL"))

# Parts of a node that are allowed beside its children of allowed kinds; any other non-empty part is refused.
_SET_OPERATION: Final = frozenset({"with_", "this", "expression", "distinct", "by_name", "order", "limit", "offset"})
_PARTS: Final[dict[type[exp.Expr], frozenset[str]]] = {
    exp.Union: _SET_OPERATION,
    exp.Intersect: _SET_OPERATION,
    exp.Except: _SET_OPERATION,
    exp.Select: frozenset(
        {"with_", "expressions", "distinct", "from_", "joins", "where", "group", "having", "order", "limit", "offset"}
    ),
    exp.Table: frozenset({"this", "alias"}),
    exp.Join: frozenset({"this", "on", "using", "side", "kind", "method"}),
    exp.With: frozenset({"expressions"}),
    exp.CTE: frozenset({"this", "alias"}),
    exp.DataType: frozenset({"this", "expressions"}),
    exp.Limit: frozenset({"expression"}),
    exp.Offset: frozenset({"expression"}),
    exp.Distinct: frozenset({"expressions"}),  # which row DISTINCT ON takes depends on their order
}
_JOINS: Final = frozenset({"", "NATURAL", "LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS"})
# For other engines these are written as conditions, which mean something else where more joins follow.
_JOINS_OF: Final = {"duckdb": frozenset({"POSITIONAL", "SEMI", "ANTI"})}
_CHAINS: Final = (exp.And, exp.Or, exp.SetOperation)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_PIECE: Final = re.compile(r"\w+|[^\w\s]")
_BETWEEN_WORDS: Final = re.compile(r"[^\w\s]+|\b(?:and|or|union|except|intersect)\b")  # where its recursion ends
_PREFIXES: Final = frozenset({"not", "-", "+", "~", "!"})
_OPENING, _CLOSING = frozenset({"(", "[", "{", "case"}), frozenset({")", "]", "}", "end"})


@dataclass
class Parts:
    """What the checks found on their way: the rewriting needs it, and a second walk would cost as much again."""

    joins: frozenset[str]  # words that a join may have
    tables: list[exp.Table] = field(default_factory=list)
    columns: list[exp.Column] = field(default_factory=list)
    using: list[exp.Expr] = field(default_factory=list)  # names in JOIN .. USING
    selects: list[exp.Select] = field(default_factory=list)
    ctes: list[exp.CTE] = field(default_factory=list)
    given: set[str] = field(default_factory=set)  # names that the statement gives, lower case


def parse_select(sql: str, dialect: str) -> exp.Query:
    """The one SELECT (set operations included) in `sql`; raises InvalidError for anything else."""
    if not sql.strip():
        raise InvalidError("the statement is empty", fix="Send one SELECT.")
    if len(sql) > MAX_SQL_CHARS:
        raise InvalidError(
            f"the statement has {len(sql):,} characters, more than {MAX_SQL_CHARS:,}", fix="Ask for less."
        )
    if _CONTROL.search(sql):  # halves of a surrogate pair too, which no encoding can send
        raise InvalidError("the statement holds control characters", fix="Send plain text.")
    _check_size(sql)
    try:
        reader = _dialect(dialect)
        tokens = reader.tokenize(sql)
        # The parser takes queries of pipes in every dialect, our engines in none.
        piped = any(token.token_type is TokenType.PIPE_GT for token in tokens)
        statements = [] if piped else reader.parser(max_nodes=MAX_NODES_PER_TOKEN * len(tokens)).parse(tokens, sql)
    except Exception as error:  # on hostile text it also fails by defects of its own, and each of them is a refusal
        raise InvalidError("the statement is not SQL that we understand", fix="Send one SELECT.") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Select | exp.SetOperation):
        raise InvalidError("only one SELECT statement is allowed", fix="Send one SELECT, without others.")
    return statements[0]


def write(query: exp.Query, dialect: str) -> str:
    """The text of a query. Every name in it is quoted, so that no name can be taken for a word of SQL."""
    try:
        return _dialect(dialect).generate(query, comments=False, copy=False, identify=True)
    except RecursionError as error:
        raise InvalidError("the statement nests too deep", fix="Flatten it.") from error
    except Exception as error:  # as above
        raise InvalidError("the statement is not SQL that we understand", fix="Write it more simply.") from error


def check_nodes(query: exp.Query, dialect: str) -> Parts:
    """Raises InvalidError for the first node, or part of a node, that is not in the lists above."""
    found = Parts(_JOINS | _JOINS_OF.get(dialect, frozenset()))
    node: exp.Expr = query
    for count, node in enumerate(query.walk()):
        kind = type(node)
        if count >= MAX_NODES:
            raise InvalidError("the statement is too large", fix="Ask for less.")
        if kind not in _ALLOWED:
            raise _refused(node)
        if allowed := _PARTS.get(kind):
            for name, value in node.args.items():
                if name not in allowed and value not in (None, [], False):
                    raise _refused(node, name)
        if check := _CHECKS.get(kind):
            check(node, found)
    # The walk goes level by level, so its last node is a deepest one. Engines flatten what AND, OR and UNION chain.
    if sum(not isinstance(above, _CHAINS) for above in _ancestors(node)) > MAX_TREE_DEPTH:
        raise InvalidError("the statement chains too many operators", fix="Use brackets, or ask for less.")
    return found


def _ancestors(node: exp.Expr) -> Iterator[exp.Expr]:
    above = node.parent
    while above is not None:
        yield above
        above = above.parent


@lru_cache(maxsize=8)
def _dialect(name: str) -> Dialect:
    return Dialect.get_or_raise(name)


def _check_size(sql: str) -> None:
    """Counts pieces and nesting without parsing; text in quotes counts too, which is safe."""
    text = sql.lower()
    pieces = _PIECE.findall(text)
    if len(pieces) > MAX_TOKENS:
        raise InvalidError(f"the statement has more than {MAX_TOKENS:,} words and signs", fix="Ask for less.")
    if pieces.count("join") > MAX_JOINS:
        raise InvalidError(f"the statement has more than {MAX_JOINS} joins", fix="Ask for less.")
    if any(len(words.split()) > MAX_WORDS_IN_A_ROW for words in _BETWEEN_WORDS.split(text)):
        raise InvalidError(f"the statement has more than {MAX_WORDS_IN_A_ROW} words in a row", fix="Ask for less.")
    depth = run = 0
    for piece in pieces:
        if piece in _PREFIXES:
            run += 1
        else:
            run = 0
            if piece in _OPENING:
                depth += 1
            elif piece in _CLOSING:
                depth = max(0, depth - 1)
        if depth + run > MAX_DEPTH:
            raise InvalidError(f"the statement nests deeper than {MAX_DEPTH} levels", fix="Flatten it.")


def _table(node: exp.Table, found: Parts) -> None:
    if not isinstance(node.this, exp.Identifier):
        raise InvalidError("table functions are not allowed", fix="Name a table.")
    found.tables.append(node)
    found.given.add(_folded(node.name))


def _column(node: exp.Column, found: Parts) -> None:
    if node.args.get("db"):
        raise InvalidError("a column is named without schema", fix=f"Write {node.name[:64]!r}.")
    if not node.is_star:
        found.columns.append(node)


def _name(node: exp.Expr, found: Parts) -> None:
    if isinstance(node, exp.CTE):
        found.ctes.append(node)
    found.given.add(_folded(node.alias))


def _names(node: exp.Expr, found: Parts) -> None:
    found.given.update(_folded(name.name) for name in (node.this, *(node.args.get("columns") or ())) if name)


def _select(node: exp.Select, found: Parts) -> None:
    if not node.expressions:
        raise InvalidError("a SELECT selects nothing", fix="Name columns, or write *.")
    found.selects.append(node)


def _join(node: exp.Join, found: Parts) -> None:
    for word in ("method", "side", "kind"):
        if (node.args.get(word) or "").upper() not in found.joins:
            raise _refused(node, node.args[word])
    found.using.extend(node.args.get("using") or ())


def _data_type(node: exp.Expr, _: Parts) -> None:
    if node.this not in _TYPES or not all(type(size) is exp.DataTypeParam for size in node.expressions):
        raise InvalidError("a cast to this type is not allowed", fix="Cast to text, numbers, dates or booleans.")


def _word(node: exp.Expr, _: Parts) -> None:
    if node.name.upper() not in _WORDS:
        raise _refused(node, node.name)


def _literal(node: exp.Expr, _: Parts) -> None:
    if not node.args["is_string"] and not re.fullmatch(r"[0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?", node.name):
        raise InvalidError(f"{node.name[:64]!r} is not a plain number", fix="Write it as digits.")


def _in(node: exp.Expr, _: Parts) -> None:
    if node.args.get("field") or node.args.get("unnest"):
        raise InvalidError("IN takes a list or a sub-query in brackets", fix="Write IN (...).")


def _count(node: exp.Expr, _: Parts) -> None:
    number = node.args.get("expression")
    if not isinstance(number, exp.Literal) or number.is_string or not re.fullmatch("[0-9]{1,9}", number.name):
        raise InvalidError("LIMIT and OFFSET take a whole number", fix="Write it as digits.")


_CHECKS: Final[dict[type[exp.Expr], Callable[[Any, Parts], None]]] = {
    exp.Table: _table,
    exp.Column: _column,
    exp.CTE: _name,
    exp.Alias: _name,
    exp.TableAlias: _names,
    exp.Aliases: lambda node, found: found.given.update(_folded(name.name) for name in node.expressions),
    exp.Select: _select,
    exp.Join: _join,
    exp.DataType: _data_type,
    exp.Var: _word,
    exp.Literal: _literal,
    exp.In: _in,
    exp.Limit: _count,
    exp.Offset: _count,
}


def _folded(name: str) -> str:
    """Lower case as engines fold it: letters of ASCII only."""
    return name.lower() if name.isascii() else name


def _refused(node: exp.Expr, part: str = "") -> InvalidError:
    if isinstance(node, exp.Table) and part in {"db", "catalog"}:
        return InvalidError("a table is named without schema or catalogue", fix=f"Write {node.name[:64]!r}.")
    what = part or (node.name if isinstance(node, exp.Anonymous) else "") or node.key
    return InvalidError(
        f"{what[:64]!r} is not allowed in a statement",
        fix="Use plain SELECT, JOIN, GROUP BY and common functions.",
    )

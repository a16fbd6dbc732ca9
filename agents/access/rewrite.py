"""Rewrites a SELECT so that it can read only what a principal may see.

One statement is parsed, every node of it is looked up in an allow-list, and every governed table is replaced by
a sub-query of the granted rows and catalogued columns. Nothing is edited as text. A common table expression may
not take a governed table's name, and counts only where the engine sees it too: outside its scope the same name is a
table, a view of the engine's or a file.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from sqlglot import exp

from agents.access.grammar import MAX_ROWS, check_nodes, parse_select
from agents.access.policy import EveryRow, Own, RowFilter
from agents.errors import ForbiddenError, InvalidError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.access.policy import Policy
    from agents.access.principal import Principal

Catalogue: TypeAlias = "Mapping[str, tuple[str, ...]]"  # table -> its columns, lower case
NO_ROWS: Final = exp.false
# An engine may evaluate a query's own conditions before the guard's, on rows that the guard leaves out; one that fails
# on some values then tells them apart, bit by bit. A condition is not moved below a LIMIT: see docs/decisions/004.
FENCE: Final = 10**15
# A path would name a file, and other letters fold to lower case in other ways than the engine's.
_CTE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


@dataclass(frozen=True, kw_only=True)
class Rewritten:
    """A statement that is safe to send, and the certificate of why."""

    statement: str
    dialect: str
    tables: tuple[str, ...]
    predicates: tuple[str, ...]  # `table: condition`, as sent
    policy_digest: str
    statement_digest: str


def rewrite(sql: str, principal: Principal, catalogue: Catalogue, policy: Policy, dialect: str) -> Rewritten:
    """The statement of `sql` restricted to the principal's rows, in the same dialect.

    Raises InvalidError when `sql` is not exactly one SELECT of the allowed grammar, ForbiddenError when it names
    a table that is not granted; a table that does not exist reads the same, so nothing is learned by probing.
    """
    query = parse_select(sql, dialect)
    check_nodes(query)
    granted = policy.grants(principal.persona).tables
    _check_cte_names(query, catalogue)
    predicates: dict[str, str] = {}
    for table in list(query.find_all(exp.Table)):
        name = table.name.lower()
        if _is_cte(table):
            continue
        if name not in granted or name not in catalogue:
            raise ForbiddenError(
                f"you may not read {table.name[:64]!r}",
                fix=f"Tables you may read: {', '.join(sorted(granted)) or 'none'}.",
            )
        guard = guarded(name, catalogue[name], granted[name], principal)
        where = guard.args.get("where")
        predicates[name] = where.this.sql(dialect=dialect, copy=False) if where else "every row"
        table.replace(exp.Subquery(this=guard, alias=_alias(table, name)))
    _cap_rows(query)
    try:
        statement = query.sql(dialect=dialect, comments=False, copy=False)
    except RecursionError as error:
        raise InvalidError("the statement nests too deep", fix="Flatten it.") from error
    return Rewritten(
        statement=statement,
        dialect=dialect,
        tables=tuple(sorted(predicates)),
        predicates=tuple(f"{name}: {condition}" for name, condition in sorted(predicates.items())),
        policy_digest=policy.digest,
        statement_digest="sha256:" + hashlib.sha256(statement.encode()).hexdigest(),
    )


def guarded(name: str, columns: tuple[str, ...], rows: RowFilter, principal: Principal) -> exp.Select:
    """The sub-query that stands for a governed table: catalogued columns, granted rows, and a fence."""
    select = exp.select(*(_column(c) for c in columns)).from_(_table(name))
    if isinstance(rows, EveryRow):
        return select
    if isinstance(rows, Own):
        condition: exp.Expr = _own(rows, principal)
    else:
        inner = exp.select(_column(rows.key)).from_(_table(rows.table)).where(_own(rows.own, principal))
        condition = exp.In(this=_column(rows.column), query=exp.Subquery(this=inner))
    return select.where(condition).limit(FENCE)


def _own(rows: Own, principal: Principal) -> exp.Expr:
    values = principal.attributes.get(rows.attribute, ())
    if not values:
        return NO_ROWS()
    literals: list[exp.Expr] = [exp.Literal.string(value) for value in sorted(values)]
    return exp.In(this=_column(rows.column), expressions=literals)


def _column(name: str) -> exp.Column:
    return exp.column(name, quoted=True)


def _table(name: str) -> exp.Table:
    return exp.to_table(f'"{name}"', dialect="duckdb")


def _alias(table: exp.Table, name: str) -> exp.TableAlias:
    alias = table.args.get("alias")
    return alias.copy() if alias else exp.TableAlias(this=exp.to_identifier(name, quoted=True))


def _check_cte_names(query: exp.Expr, catalogue: Catalogue) -> None:
    for name in sorted({cte.alias for cte in query.find_all(exp.CTE)}):
        if name.lower() in catalogue:
            raise InvalidError(f"WITH {name} has the name of a table", fix="Give the common table expression another.")
        if not _CTE_NAME.fullmatch(name):
            raise InvalidError(f"WITH {name[:64]!r} is not a plain name", fix="Use a-z, 0-9 and '_'.")


def _is_cte(table: exp.Table) -> bool:
    """Whether a WITH around the reference defines its name, before it where the reference is in that WITH itself."""
    name = table.name.lower()
    if not table.name.isascii():
        return False
    node: exp.Expr = table
    inside: exp.Expr | None = None  # the CTE that we came up through
    while node.parent is not None:
        if isinstance(node, exp.CTE):
            inside = node
        node = node.parent
        defined = node.args.get("with_")
        if defined is None:
            continue
        for cte in defined.expressions:
            if cte is inside:
                break
            if cte.alias.lower() == name:
                return True
    return False


def _cap_rows(query: exp.Expr) -> None:
    """A literal LIMIT up to the cap stays; without one, or above it, one row over the cap shows truncation."""
    limit = query.args.get("limit")
    wanted = int(limit.expression.name) if limit else MAX_ROWS + 1
    query.set("limit", exp.Limit(expression=exp.Literal.number(min(wanted, MAX_ROWS + 1))))

"""A second look at a statement that is about to be sent: every table in it stands inside its guard, or it is refused.

Written apart from `rewrite`: it knows nothing of how a guard is built, writes the expected guard as text, parses the
statement anew and compares. A mistake must be made twice, in two ways, before a row can leak.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from agents.access.policy import Own, Through
from agents.errors import ForbiddenError

if TYPE_CHECKING:
    from agents.access.policy import Policy, RowFilter
    from agents.access.principal import Principal
    from agents.access.rewrite import Catalogue


def verify(statement: str, principal: Principal, catalogue: Catalogue, policy: Policy, dialect: str) -> None:
    """Raises ForbiddenError unless each governed table in `statement` stands inside the guard of this principal."""
    try:
        parsed = [tree for tree in sqlglot.parse(statement, dialect=dialect) if tree is not None]
        granted = policy.grants(principal.persona).tables
        guards = {
            name: _guard(name, catalogue[name], rows, principal) for name, rows in granted.items() if name in catalogue
        }
        safe = len(parsed) == 1 and isinstance(parsed[0], exp.Query) and _all_guarded(parsed[0], guards, dialect)
    except (SqlglotError, RecursionError, ValueError):
        safe = False
    if not safe:
        raise ForbiddenError("the statement could not be proven safe", fix="Write it more simply.")


def _all_guarded(tree: exp.Expr, guards: dict[str, str], dialect: str) -> bool:
    """Walks down from the root with the names that WITH has defined so far, and stops at each guard.

    A table outside a guard is safe only when its name is one of those, and is not one of a governed table.
    """
    pending: list[tuple[exp.Expr, frozenset[str]]] = [(tree, frozenset())]
    while pending:
        node, known = pending.pop()
        if isinstance(node, exp.Subquery) and _is_guard(node, guards, dialect):
            continue
        if isinstance(node, exp.UDTF):  # a function that makes rows
            return False
        if isinstance(node, exp.Table) and (
            not isinstance(node.this, exp.Identifier)
            or not node.name.isascii()
            or node.name.lower() not in known - guards.keys()
            or node.args.get("db")
        ):
            return False
        defined = node.args.get("with_")
        for cte in defined.expressions if defined else ():
            if not cte.alias.isascii():  # Python folds letters that engines do not
                return False
            pending.append((cte, known))  # a CTE sees those before it
            known |= {cte.alias.lower()}
        pending.extend((child, known) for child in node.iter_expressions() if child is not defined)
    return True


def _is_guard(node: exp.Subquery, guards: dict[str, str], dialect: str) -> bool:
    inner = node.this
    if not isinstance(inner, exp.Select):
        return False
    source = inner.args.get("from_")
    name = source.this.name.lower() if source and isinstance(source.this, exp.Table) else ""
    return name in guards and inner.sql(dialect=dialect, copy=False) == _normal(guards[name], dialect)


def _guard(name: str, columns: tuple[str, ...], rows: RowFilter, principal: Principal) -> str:
    selected = ", ".join(f'"{column}"' for column in columns)
    return f'SELECT {selected} FROM "{name}"{_where(rows, principal)}'


def _where(rows: RowFilter, principal: Principal) -> str:
    """The condition with its fence: without the LIMIT an engine may try hidden rows against the query's conditions."""
    if isinstance(rows, Own):
        return f" WHERE {_owned(rows, principal)} LIMIT 1000000000000000"
    if isinstance(rows, Through):
        inner = f'SELECT "{rows.key}" FROM "{rows.table}" WHERE {_owned(rows.own, principal)}'
        return f' WHERE "{rows.column}" IN ({inner}) LIMIT 1000000000000000'
    return ""


def _owned(own: Own, principal: Principal) -> str:
    values = sorted(principal.attributes.get(own.attribute, ()))
    quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    return f'"{own.column}" IN ({quoted})' if values else "FALSE"


@lru_cache(maxsize=4096)  # a person's guards are the same in every query
def _normal(sql: str, dialect: str) -> str:
    return sqlglot.parse_one(sql, dialect=dialect).sql(dialect=dialect)

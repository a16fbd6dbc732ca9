"""Rewrites a SELECT so that it can read only what a principal may see.

One statement is parsed, every node of it is looked up in an allow-list, and every governed table is replaced by its
guard. Nothing is edited as text. A common table expression may not take a governed table's name, and counts only where
the engine sees it too: outside its scope the same name is a table, a view of the engine's or a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlglot import exp

from agents.access.grammar import MAX_ROWS, check_nodes, parse_select, write
from agents.access.guards import TEXT, guard, predicate_of, text_of
from agents.access.pruning import prunable
from agents.digests import sha256
from agents.errors import ForbiddenError, InvalidError

if TYPE_CHECKING:
    from agents.access.catalogue import Catalogue
    from agents.access.grammar import Parts
    from agents.access.guards import Comparison, Guard
    from agents.access.policy import Policy
    from agents.access.principal import Principal

# A path would name a file, and other letters fold to lower case in other ways than the engine's.
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
# What a column of a table can be called, those that engines add (`rowid`, `$path`) included. An engine names what the
# statement did not, such as `count_star()`, in other ways.
_COLUMN_NAME: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")


@dataclass(frozen=True, kw_only=True)
class Rewritten:
    """A statement that is safe to send, and the certificate of why."""

    statement: str
    dialect: str
    tables: tuple[str, ...]
    predicates: tuple[str, ...]  # `table: condition`, as sent
    masked: tuple[str, ...]  # `table.column`: a constant stands there
    hidden: tuple[str, ...]  # `table.column`: not there
    policy_digest: str
    statement_digest: str


def rewrite(sql: str, principal: Principal, catalogue: Catalogue, policy: Policy, dialect: str) -> Rewritten:
    """The statement of `sql` restricted to the principal's rows and columns, in the same dialect.

    Raises InvalidError when `sql` is not exactly one SELECT of the allowed grammar, ForbiddenError when it names
    a table or column that is not granted; one that does not exist reads the same, so nothing is learned by probing.
    """
    query = parse_select(sql, dialect)
    parts = check_nodes(query, dialect)
    _check_cte_names(parts, catalogue)
    governed = [table for table in parts.tables if not _is_cte(table)]
    guards = _guards(governed, principal, catalogue, policy)
    _check_columns(parts, guards)
    pruned = _pruned(parts, governed, guards, catalogue)
    for table in governed:
        name = table.name.lower()
        # A table whose name is a bracket of SQL: what is quoted is a name, what is a word is written as it is.
        text = text_of(guards[name], pruned.get(id(table), ()), dialect)
        if table.args.get("alias") is None:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(name)))
        table.set("this", exp.Var(this=text))
    _cap_rows(query)
    statement = write(query, dialect)
    names = sorted(guards)
    return Rewritten(
        statement=statement,
        dialect=dialect,
        tables=tuple(names),
        predicates=tuple(f"{name}: {predicate_of(guards[name], dialect)}" for name in names),
        masked=tuple(f"{name}.{column}" for name in names for column, _, mask in guards[name].columns if mask),
        hidden=tuple(f"{name}.{column}" for name in names for column in _hidden(guards[name], catalogue)),
        policy_digest=policy.digest,
        statement_digest=sha256(statement.encode()),
    )


def _guards(tables: list[exp.Table], principal: Principal, catalogue: Catalogue, policy: Policy) -> dict[str, Guard]:
    granted = policy.grants(principal.persona).tables
    guards: dict[str, Guard] = {}
    for table in tables:
        name = table.name.lower() if table.name.isascii() else ""
        if name not in granted or name not in catalogue:
            readable = sorted(granted.keys() & catalogue.keys())
            raise ForbiddenError(
                "the statement names a table that you may not read",
                fix=f"Tables you may read: {', '.join(readable) or 'none'}.",
            )
        if name not in guards:
            guards[name] = guard(name, granted[name], catalogue, principal)
    return guards


def _check_columns(parts: Parts, guards: dict[str, Guard]) -> None:
    """Refuses the name of a column that no granted column and no part of the statement has.

    A column that is not granted and one that does not exist are refused alike, and before an engine could tell them
    apart. A name that is given somewhere in the statement is left to the engine, which knows the guards only.
    """
    known = parts.given.union(*({column for column, _, _ in it.columns} for it in guards.values()))
    for node in (*parts.columns, *parts.using):
        name = node.name
        if name.lower() not in known and _COLUMN_NAME.fullmatch(name):
            readable = "; ".join(f"{table}: {', '.join(c for c, _, _ in it.columns)}" for table, it in guards.items())
            raise ForbiddenError(
                "the statement names a column that you may not read",
                fix=f"Columns you may read: {readable or 'name a table'}.",
            )


def _pruned(
    parts: Parts, governed: list[exp.Table], guards: dict[str, Guard], catalogue: Catalogue
) -> dict[int, tuple[Comparison, ...]]:
    """By `id` of a table's node, the conditions that its guard takes from the query: see `pruning`."""
    shown: dict[int, frozenset[str]] = {}
    partitions: dict[int, frozenset[str]] = {}
    for table in governed:
        it, catalogued = guards[table.name.lower()], catalogue[table.name.lower()]
        shown[id(table)] = frozenset(column for column, _, _ in it.columns)
        if it.conditions:  # without a fence the engine prunes by itself
            text = {column for column in catalogued.partitions if catalogued.columns.get(column) == TEXT}
            partitions[id(table)] = it.shown & text
    if not any(partitions.values()):
        return {}
    return {node: found for one in parts.selects for node, found in prunable(one, shown, partitions).items()}


def _hidden(it: Guard, catalogue: Catalogue) -> list[str]:
    granted = {column for column, _, _ in it.columns}
    return [column for column in catalogue[it.table].columns if column not in granted]


def _check_cte_names(parts: Parts, catalogue: Catalogue) -> None:
    for name in sorted({cte.alias for cte in parts.ctes}):
        if name.lower() in catalogue:
            raise InvalidError(f"WITH {name} has the name of a table", fix="Give the common table expression another.")
        if not _PLAIN_NAME.fullmatch(name):
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


def _cap_rows(query: exp.Query) -> None:
    """A literal LIMIT up to the cap stays; without one, or above it, one row over the cap shows truncation."""
    limit = query.args.get("limit")
    wanted = int(limit.expression.name) if limit else MAX_ROWS + 1
    query.set("limit", exp.Limit(expression=exp.Literal.number(min(wanted, MAX_ROWS + 1))))

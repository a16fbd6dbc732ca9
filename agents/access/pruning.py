"""Conditions of a query that may stand in a guard too, so that an engine reads fewer of a table's files.

Behind the fence of a guard an engine sees no condition of the query, and would read every month. A comparison of a
partition's text column with plain text cannot fail and depends on no hidden row, so it tells nothing; copied, it leaves
the answer as it is when all of this holds, and otherwise nothing is copied:

- it is one of the conditions that a SELECT's own WHERE joins by AND, and it stays there;
- the table is a direct member of that SELECT's FROM, joined by nothing but inner, cross, left, right and full joins;
- its column is the table's for certain: named by the table's alias, which no other member has, or by itself, where
  every member is a governed table, only this one has such a column and the SELECT gives the name to nothing;
- the column is shown: a masked one is a constant outside, and its comparison says nothing of the files.

Why the answer stays: the comparison `c` is not true when its column is NULL. Rows that `c` drops inside the guard are
rows whose every product `c` drops outside. What an outer join adds for lack of them has NULL in the table's columns,
and `c` drops that too. So `c(T join U) = c(c(T) join U)` for each kind of join above and on both sides, and by
induction for chains of them. It would not for a join by position or by nearest value, or for a column that a USING or
NATURAL join merges, which is why those are left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlglot import exp

from agents.access.guards import Comparison

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SIDES: Final = frozenset({"", "LEFT", "RIGHT", "FULL"})
_KINDS: Final = frozenset({"", "INNER", "CROSS", "OUTER"})
_COMPARED: Final[dict[type[exp.Expr], str]] = {
    exp.EQ: "=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
MOST: Final = 8  # conditions that one guard takes


def prunable(
    select: exp.Select,
    shown: Mapping[int, frozenset[str]],
    partitions: Mapping[int, frozenset[str]],
) -> dict[int, tuple[Comparison, ...]]:
    """For tables of a SELECT's own FROM, by `id` of their node, the comparisons that their guards may take.

    `shown` has every column that a governed table gives, `partitions` those of them that the files lie by, by the same
    `id`; a table that is not there is no governed one.
    """
    where, source = select.args.get("where"), select.args.get("from_")
    joins = select.args.get("joins") or ()
    if where is None or source is None or not all(_plain(join) for join in joins):
        return {}
    members = [source.this, *(join.this for join in joins)]
    if not any(partitions.get(id(member)) for member in members):
        return {}
    aliases = [member.alias_or_name.lower() for member in members]
    if len(set(aliases)) < len(aliases) or not all(alias.isascii() for alias in aliases):
        return {}
    given = {item.alias.lower() for item in select.expressions if isinstance(item, exp.Alias)}
    found: dict[int, list[Comparison]] = {}
    for column, comparison in _comparisons(where.this):
        if column.table:
            owners = [member for member, alias in zip(members, aliases, strict=True) if alias == column.table.lower()]
        elif all(id(member) in shown for member in members) and comparison.column not in given:
            owners = [member for member in members if comparison.column in shown[id(member)]]
        else:
            owners = []
        if len(owners) == 1 and comparison.column in partitions.get(id(owners[0]), ()) and not _renamed(owners[0]):
            found.setdefault(id(owners[0]), []).append(comparison)
    return {member: tuple(comparisons[:MOST]) for member, comparisons in found.items()}


def _plain(join: exp.Join) -> bool:
    parts = join.args
    return (
        not parts.get("method")
        and not parts.get("using")
        and (parts.get("side") or "").upper() in _SIDES
        and (parts.get("kind") or "").upper() in _KINDS
    )


def _renamed(table: exp.Expr) -> bool:
    alias = table.args.get("alias")
    return alias is not None and bool(alias.args.get("columns"))


def _comparisons(condition: exp.Expr) -> Iterator[tuple[exp.Column, Comparison]]:
    """Comparisons of a column with plain text among the parts that AND joins."""
    pending = [condition]
    while pending:
        node = pending.pop()
        if isinstance(node, exp.And):
            pending += [node.expression, node.this]
        elif isinstance(node, exp.Paren):
            pending.append(node.this)
        elif isinstance(column := node.args.get("this"), exp.Column):
            operator, values = _read(node)
            if operator and values and all(_plain_text(value) for value in values):
                texts = tuple(value.name for value in values)
                yield column, Comparison(column.name.lower(), operator, texts)


def _read(node: exp.Expr) -> tuple[str, list[exp.Expr]]:
    if isinstance(node, exp.Between) and not node.args.get("symmetric"):
        return "BETWEEN", [node.args["low"], node.args["high"]]
    if isinstance(node, exp.In) and not node.args.get("query"):
        return "IN", node.expressions
    return _COMPARED.get(type(node), ""), [node.expression]


def _plain_text(value: exp.Expr) -> bool:
    return isinstance(value, exp.Literal) and value.is_string and value.name.isprintable()

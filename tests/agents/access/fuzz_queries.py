"""Random legal SELECTs over given tables: joins, sub-queries, WITH, set operations, windows, conditions on the month.

Every query has one answer whatever the order of work: a LIMIT stands below an ORDER BY over all of its columns, and a
window function gives peers the same. What a query yields is known by type, so most of them run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from tests.agents.access.fuzz_world import DOMAINS, MONTH

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

Columns: TypeAlias = "tuple[tuple[str, str], ...]"  # name and type: s, i, n, d
_SHORT: Final = {"string": "s", "int": "i", "decimal(12,2)": "n", "date": "d"}
_COMPARE: Final = ("=", "=", "<>", "<", "<=", ">", ">=")
_NAMES: Final = ("a", "b", "c", "t", "x", "Y", '"Q_r"', "item_id", "status")  # of WITH and of sub-queries
_HALF: Final = frozenset({"SEMI JOIN", "ANTI JOIN"})  # joins whose right side cannot be named afterwards
_JOINS: Final = (
    "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", "SEMI JOIN", "ANTI JOIN", "USING", ",",
)  # fmt: skip
_TYPES: Final = ("s", "s", "s", "i", "i", "d", "n")


@dataclass(frozen=True)
class Source:
    """What stands in FROM under a name: its columns, the text of their qualified names is `alias.column`."""

    alias: str
    columns: Columns


class Queries:
    """Writes queries over tables with these columns (name -> columns with the catalogue's types).

    `absent`: by column, values that no permitted row has.
    """

    def __init__(self, dice: random.Random, tables: Mapping[str, Columns], absent: Mapping[str, Sequence[str]]) -> None:
        self._dice = dice
        self._absent = absent
        self._joins: tuple[str, ...] = _JOINS
        self._tables = {
            table: tuple((name, _SHORT[kind]) for name, kind in columns) for table, columns in tables.items()
        }
        self._aliases = 0

    def query(self, dialect: str = "duckdb") -> str:
        """One statement; Athena knows no SEMI and no ANTI JOIN."""
        self._aliases = 0
        self._joins = _JOINS if dialect == "duckdb" else tuple(kind for kind in _JOINS if kind not in _HALF)
        dice = self._dice
        if dice.random() < 0.12:
            return self._star({})
        sql, _ = self._select(tuple(dice.choice(_TYPES) for _ in range(dice.randrange(1, 4))), 3, {}, ())
        return sql

    def _star(self, known: Mapping[str, Columns]) -> str:
        text, sources = self._from(2, known)
        stars = "*" if self._dice.random() < 0.5 else f"{sources[0].alias}.*"
        return f"SELECT {stars} FROM {text}{self._where(sources, 2, known)}"

    def _select(
        self, types: Sequence[str], depth: int, known: Mapping[str, Columns], outer: tuple[Source, ...]
    ) -> tuple[str, Columns]:
        """A SELECT that yields these types, as columns c0, c1 and so on; `outer` is what it may correlate with."""
        dice = self._dice
        named = tuple((f"c{index}", kind) for index, kind in enumerate(types))
        start = ""
        if depth > 0 and dice.random() < 0.22:
            start, known = self._with(depth, known)
        if depth > 0 and dice.random() < 0.15:
            arms = [self._core(types, depth - 1, known, outer) for _ in range(2)]
            word = dice.choice(("UNION", "UNION ALL", "EXCEPT", "INTERSECT"))
            body = f"{arms[0]} {word} {arms[1]}"
        else:
            body = self._core(types, depth, known, outer)
        if dice.random() < 0.25:
            ways = ("", " DESC", " NULLS LAST", " ASC NULLS FIRST")
            order = ", ".join(f"{n + 1}{dice.choice(ways)}" for n in range(len(types)))
            body += f" ORDER BY {order}"
            if dice.random() < 0.6:
                body += f" LIMIT {dice.choice((0, 1, 2, 3, 7, 40))}"
                body += f" OFFSET {dice.randrange(4)}" if dice.random() < 0.3 else ""
        return start + body, named

    def _with(self, depth: int, known: Mapping[str, Columns]) -> tuple[str, Mapping[str, Columns]]:
        parts, seen = [], dict(known)
        for name in self._dice.sample(_NAMES, self._dice.randrange(1, 3)):
            types = [self._dice.choice(_TYPES) for _ in range(self._dice.randrange(1, 4))]
            sql, columns = self._select(types, depth - 2, seen, ())
            if self._dice.random() < 0.3:
                columns = tuple(
                    (self._dice.choice((f"k{n}", MONTH) if n == 0 else (f"k{n}",)), kind)
                    for n, (_, kind) in enumerate(columns)
                )
                parts.append(f"{name}({', '.join(column for column, _ in columns)}) AS ({sql})")
            else:
                parts.append(f"{name} AS ({sql})")
            seen = {**{k: v for k, v in seen.items() if k.lower() != name.lower()}, name: columns}
        return f"WITH {', '.join(parts)} ", seen

    def _core(self, types: Sequence[str], depth: int, known: Mapping[str, Columns], outer: tuple[Source, ...]) -> str:
        dice = self._dice
        text, sources = self._from(depth, known)
        scope = (*sources, *(outer if dice.random() < 0.5 else ()))
        where = self._where(scope, depth, known)
        kind = dice.random()
        if kind < 0.3:
            return self._grouped(types, text, where, sources, known)
        items = [self._item(t, scope, sources, depth, known) for t in types]
        listed = ", ".join(f"{item} AS c{index}" for index, item in enumerate(items))
        return f"SELECT {'DISTINCT ' if kind > 0.88 else ''}{listed} FROM {text}{where}"

    def _grouped(
        self,
        types: Sequence[str],
        text: str,
        where: str,
        sources: tuple[Source, ...],
        known: Mapping[str, Columns],
    ) -> str:
        dice = self._dice
        items, keys = [], []
        for index, kind in enumerate(types):
            if dice.random() < 0.5 and (column := self._column(kind, sources)):
                items.append(f"{column} AS c{index}")
                keys.append(column)
            else:
                items.append(f"{self._aggregate(kind, sources, known)} AS c{index}")
        if not keys:
            having = f" HAVING COUNT(*) >= {dice.randrange(3)}" if dice.random() < 0.2 else ""
            return f"SELECT {', '.join(items)} FROM {text}{where}{having}"
        having = ""
        if dice.random() < 0.3:
            held = (f"COUNT(*) > {dice.randrange(3)}", f"MIN({keys[0]}) IS NOT NULL", f"{keys[0]} IS NULL")
            having = f" HAVING {dice.choice(held)}"
        return f"SELECT {', '.join(items)} FROM {text}{where} GROUP BY {', '.join(keys)}{having}"

    def _from(self, depth: int, known: Mapping[str, Columns]) -> tuple[str, tuple[Source, ...]]:
        dice = self._dice
        text, first = self._source(depth, known)
        sources = [first]
        for _ in range(dice.choice((0, 0, 1, 1, 1, 2))):
            other, source = self._source(depth, known)
            kind = dice.choice(self._joins)
            if kind == ",":
                text += f", {other}"
            elif kind == "CROSS JOIN":
                text += f" CROSS JOIN {other}"
            elif kind == "USING" and len(sources) == 1 and (shared := self._shared(first, source)):
                word = dice.choice(("JOIN", "LEFT JOIN", "FULL JOIN", "RIGHT JOIN"))
                text += f" {word} {other} USING ({', '.join(shared)})"
            else:
                word = "JOIN" if kind == "USING" else kind
                text += f" {word} {other} ON {self._on(tuple(sources), source, known)}"
            if kind not in _HALF:
                sources.append(source)
            if kind == ",":
                break  # what follows a comma does not see what stands before it
        return text, tuple(sources)

    def _shared(self, left: Source, right: Source) -> list[str]:
        shared = [name for name, kind in left.columns if (name, kind) in right.columns]
        return self._dice.sample(shared, self._dice.randrange(1, min(2, len(shared)) + 1)) if shared else []

    def _source(self, depth: int, known: Mapping[str, Columns]) -> tuple[str, Source]:
        dice = self._dice
        self._aliases += 1
        # Also a name that is another table's: an alias hides nothing and shows nothing.
        alias = dice.choice((f"r{self._aliases}", f"R{self._aliases}", f'"r {self._aliases}"', f"r{self._aliases}"))
        if known and dice.random() < 0.45:
            name = dice.choice(list(known))
            return f"{name} AS {alias}", Source(alias, known[name])
        if depth > 0 and dice.random() < 0.3:
            types = [dice.choice(_TYPES) for _ in range(dice.randrange(1, 4))]
            sql, columns = self._select(types, depth - 1, known, ())
            return f"({sql}) AS {alias}", Source(alias, columns)
        table = dice.choice(list(self._tables))
        columns = self._tables[table]
        shown = dice.choice((table, table, table.upper(), f'"{table}"', table.title(), f'"{table.title()}"'))
        if dice.random() < 0.12:
            renamed = tuple((f"k{n}", kind) for n, (_, kind) in enumerate(columns))
            if dice.random() < 0.5:  # the month's name for another column
                renamed = ((MONTH, renamed[0][1]), *renamed[1:])
            return f"{shown} AS {alias}({', '.join(name for name, _ in renamed)})", Source(alias, renamed)
        if depth > 0 and dice.random() < 0.1:
            return f"(SELECT * FROM {shown}) AS {alias}", Source(alias, columns)
        return f"{shown}{dice.choice((' AS ', ' '))}{alias}", Source(alias, columns)

    def _on(self, left: tuple[Source, ...], right: Source, known: Mapping[str, Columns]) -> str:
        dice = self._dice
        parts = []
        for kind in dice.sample(("s", "i", "d"), 3):
            here, there = self._column(kind, left), self._column(kind, (right,))
            if here and there:
                parts.append(f"{here} {dice.choice(('=', '=', '=', '<='))} {there}")
                break
        if not parts or dice.random() < 0.5:
            parts.append(self._condition((*left, right), 0, known))
        if month := self._month(dice.choice(((right,), left, (*left, right)))):
            parts.append(month)
        return dice.choice((" AND ", " AND ", " AND ", " OR ")).join(parts)

    def _where(self, scope: tuple[Source, ...], depth: int, known: Mapping[str, Columns]) -> str:
        dice = self._dice
        if dice.random() < 0.35:
            return ""
        parts = [self._condition(scope, depth, known) for _ in range(dice.choice((0, 1, 1, 2)))]
        if (month := self._month(scope)) and dice.random() < 0.7:
            parts.insert(dice.randrange(len(parts) + 1), month)
        if dice.random() < 0.12 and (trap := self._trap(scope)):
            parts.insert(dice.randrange(len(parts) + 1), trap)
        return f" WHERE {dice.choice((' AND ', ' AND ', ' OR ')).join(parts)}" if parts else ""

    def _month(self, scope: Sequence[Source]) -> str:
        """A condition on a month of the scope, as a person or a model would write it; empty when there is none."""
        dice = self._dice
        having = [source for source in scope if (MONTH, "s") in source.columns]
        if not having:
            return ""
        month = self._spelled(dice.choice(having).alias, MONTH)
        one, two = (dice.choice((*DOMAINS[MONTH], "2026", "2026-04'", "***", "")).replace("'", "''") for _ in range(2))
        return dice.choice(
            (
                f"{month} {dice.choice(_COMPARE)} '{one}'", f"'{one}' {dice.choice(_COMPARE)} {month}",
                f"{month} BETWEEN '{one}' AND '{two}'", f"{month} IN ('{one}', '{two}')",
                f"{month} NOT IN ('{one}', '{two}')", f"{month} LIKE '2026-0%'", f"NOT {month} = '{one}'",
                f"({month} >= '{one}' AND {month} < '{two}')", f"({month} = '{one}' OR {month} > '{two}')",
                f"{month} IS NULL", f"{month} IS NOT NULL", f"COALESCE({month}, '{one}') = '{one}'",
                f"({month} = '{one}') = ({month} < '{two}')", f"SUBSTRING({month}, 1, 7) >= '{one}'",
                f"CASE WHEN {month} = '{one}' THEN TRUE ELSE {month} < '{two}' END",
            )
        )  # fmt: skip

    def _condition(self, scope: tuple[Source, ...], depth: int, known: Mapping[str, Columns]) -> str:
        dice = self._dice
        kind = dice.choice("sssiidn")
        column = self._column(kind, scope)
        if depth > 0 and dice.random() < 0.3:
            return self._subquery_condition(scope, depth, known)
        if not column:
            return dice.choice(("1 = 1", "TRUE", "NULL IS NULL"))
        other = self._column(kind, scope) or column
        value = self._literal(kind, column)
        return dice.choice(
            (
                f"{column} {dice.choice(_COMPARE)} {value}", f"{column} {dice.choice(_COMPARE)} {other}",
                f"{column} IS NULL", f"{column} IS NOT NULL", f"{column} IN ({value}, {self._literal(kind, column)})",
                f"NOT ({column} = {value})", f"({column} = {value} OR {other} IS NULL)",
                f"{column} BETWEEN {value} AND {self._literal(kind, column)}", f"COALESCE({column}, {value}) = {value}",
                f"CASE WHEN {column} = {value} THEN 1 ELSE 0 END = {dice.randrange(2)}",
            )
        )  # fmt: skip

    def _subquery_condition(self, scope: tuple[Source, ...], depth: int, known: Mapping[str, Columns]) -> str:
        dice = self._dice
        kind = dice.choice("ssid")
        inner, _ = self._select((kind,), depth - 1, known, scope if dice.random() < 0.6 else ())
        column = self._column(kind, scope)
        if not column or dice.random() < 0.4:
            return f"{dice.choice(('', 'NOT '))}EXISTS ({inner})"
        if dice.random() < 0.3:
            return f"{column} {dice.choice(_COMPARE)} {self._scalar(kind, scope, known)}"
        return f"{column} {dice.choice(('IN', 'NOT IN'))} ({inner})"

    def _scalar(self, kind: str, scope: tuple[Source, ...], known: Mapping[str, Columns]) -> str:
        text, sources = self._from(0, known)
        value = self._aggregate(kind, sources, known, plain=True)
        return f"(SELECT {value} FROM {text}{self._where((*sources, *scope), 0, known)})"

    def _trap(self, scope: tuple[Source, ...]) -> str:
        """A condition that fails on a value which no permitted row has: it fails only when a hidden row is tried."""
        dice = self._dice
        names = [(source.alias, name) for source in scope for name, _ in source.columns if self._absent.get(name)]
        if not names:
            return ""
        alias, name = dice.choice(names)
        value = dice.choice(self._absent[name]).replace("'", "''")
        hit = f"CASE WHEN {self._spelled(alias, name)} = '{value}'"
        return dice.choice(
            (
                f"CAST({hit} THEN 'x' ELSE '1' END AS INTEGER) = 1",
                f"CAST({hit} THEN '2026-99-99' ELSE '2026-01-01' END AS DATE) IS NOT NULL",
                f"{hit} THEN 9223372036854775807 ELSE 1 END * 2 > 0",
                f"CAST({hit} THEN 1000 ELSE 1 END AS TINYINT) = 1",
            )
        )

    def _item(  # noqa: PLR0911 - one return for each form
        self, kind: str, scope: tuple[Source, ...], own: tuple[Source, ...], depth: int, known: Mapping[str, Columns]
    ) -> str:
        dice = self._dice
        column = self._column(kind, scope)
        roll = dice.random()
        if not column or roll < 0.08:
            return self._typed(kind, column or "")
        if roll < 0.2 and (partition := self._column("s", own)):
            order = self._column(dice.choice("sid"), own) or partition
            over = dice.choice(
                (f"PARTITION BY {partition}", f"PARTITION BY {partition} ORDER BY {order}", f"ORDER BY {order}")
            )
            call = (
                f"RANK() OVER (ORDER BY {order})"
                if kind == "i"
                else f"{dice.choice(('MIN', 'MAX'))}({column}) OVER ({over})"
            )
            return dice.choice((call, f"COUNT(*) OVER ({over})")) if kind == "i" else call
        if roll < 0.3:
            return f"CASE WHEN {self._condition(scope, 0, known)} THEN {column} ELSE {self._typed(kind, column)} END"
        if roll < 0.36 and depth > 0:
            return self._scalar(kind, scope, known)
        if kind == "i" and roll < 0.5:
            return f"{column} {dice.choice('+-*')} {dice.randrange(1, 4)}"
        if kind == "s" and roll < 0.5:
            return dice.choice(
                (f"UPPER({column})", f"{column} || 'x'", f"SUBSTRING({column}, 1, 2)", f"COALESCE({column}, '-')")
            )
        return column

    def _aggregate(
        self, kind: str, sources: tuple[Source, ...], known: Mapping[str, Columns], *, plain: bool = False
    ) -> str:
        dice = self._dice
        column = self._column(kind, sources)
        if kind == "i":
            other = self._column(dice.choice("sid"), sources) or "1"
            wholes = [f"COUNT({other})", "COUNT(*)", f"COUNT(DISTINCT {other})"]
            if column and not plain:
                wholes.append(f"SUM(CASE WHEN {self._condition(sources, 0, known)} THEN {column} ELSE 0 END)")
            return dice.choice(wholes)
        return f"{dice.choice(('MIN', 'MAX'))}({column or self._typed(kind, '')})"

    def _column(self, kind: str, scope: Sequence[Source]) -> str:
        fitting = [(source.alias, name) for source in scope for name, sort in source.columns if sort == kind]
        return self._spelled(*self._dice.choice(fitting)) if fitting else ""

    def _spelled(self, alias: str, name: str) -> str:
        """A qualified name in some letters: they do not count in either engine."""
        return f"{alias}.{self._dice.choice((name, name, name, name.upper(), chr(34) + name + chr(34), name.title()))}"

    def _literal(self, kind: str, column: str) -> str:
        dice = self._dice
        if kind == "s":
            bare = column.rpartition(".")[2].strip('"').lower()
            value = dice.choice(DOMAINS.get(bare, (*DOMAINS["place_id"], *DOMAINS["status"], "P1")))
            return "'" + value.replace("'", "''") + "'"
        if kind == "d":
            return f"DATE '2026-0{dice.randrange(3, 6)}-1{dice.randrange(10)}'"
        return str(dice.randrange(-1, 6)) if kind == "i" else dice.choice(("1.50", "0.25", "2"))

    def _typed(self, kind: str, column: str) -> str:
        """A literal that keeps its type in a set operation."""
        return f"CAST({self._literal('n', '')} AS DECIMAL(12,2))" if kind == "n" else self._literal(kind, column)

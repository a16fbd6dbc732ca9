"""Small random worlds for the fuzzer: tables, rows, a policy, a person, and what that person may see.

What is permitted is worked out here over tuples, by rules of its own: no line of the code under test decides it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

import duckdb

from agents.access.catalogue import CataloguedTable
from agents.access.policy import AllOf, EveryRow, Grants, OneOf, Own, Policy, TableGrant, Through
from agents.access.principal import Principal

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping
    from pathlib import Path

    from agents.access.policy import Mask, RowFilter

Row: TypeAlias = tuple[object, ...]
Data: TypeAlias = "Mapping[str, tuple[Row, ...]]"
Columns: TypeAlias = "tuple[tuple[str, str], ...]"  # name and type, as the catalogue has them

MONTH: Final = "order_month"
SCHEMA: Final[Mapping[str, Columns]] = {
    "item": (
        ("item_id", "string"), ("name", "string"), ("kind", "string"), ("price", "decimal(12,2)"), ("cost", "int"),
    ),
    "place": (("place_id", "string"), ("name", "string"), ("zone_id", "string")),
    "stock": (("place_id", "string"), ("item_id", "string"), ("on_hand", "int"), ("note", "string")),
    "orders": (
        ("order_id", "string"), ("order_date", "date"), ("place_id", "string"), ("zone_id", "string"),
        ("status", "string"), (MONTH, "string"),
    ),
    "lines": (("order_id", "string"), ("line_no", "int"), ("item_id", "string"), ("qty", "int"), (MONTH, "string")),
}  # fmt: skip
CATALOGUE: Final = {
    name: CataloguedTable(columns=dict(columns), partitions=frozenset({MONTH} if MONTH in dict(columns) else ()))
    for name, columns in SCHEMA.items()
}
DOMAINS: Final[Mapping[str, tuple[str, ...]]] = {
    "item_id": ("I1", "I2", "I3", "I4", "I5"),
    "name": ("Anna", "O'Hare", "", "100%", "x_y", "-- a", "Zoë"),
    "kind": ("tool", "toy", "***"),
    "place_id": ("P1", "P2", "P3", "P4"),
    "zone_id": ("Z1", "Z2", "Z'3"),
    "note": ("1", "2", "12", "n/a"),
    "order_id": ("O1", "O2", "O3", "O4", "O5", "O6", "O7", "O8"),
    "status": ("open", "shipped", "lost"),
    MONTH: ("2026-03", "2026-04", "2026-05"),
}
ATTRIBUTES: Final = {"places": "place_id", "zones": "zone_id", "kinds": "kind", "names": "name"}
# Column, table it points to, key there.
_POINTERS: Final = {
    "stock": (("place_id", "place", "place_id"), ("item_id", "item", "item_id")),
    "orders": (("place_id", "place", "place_id"), ("order_id", "lines", "order_id")),
    "lines": (("order_id", "orders", "order_id"), ("item_id", "item", "item_id")),
    "item": (("item_id", "stock", "item_id"),),
    "place": (("place_id", "stock", "place_id"), ("place_id", "orders", "place_id")),
}
_SQL_TYPES: Final = {"string": "VARCHAR", "int": "INTEGER", "date": "DATE", "decimal(12,2)": "DECIMAL(12,2)"}


@dataclass(frozen=True, kw_only=True)
class World:
    policy: Policy
    principal: Principal
    data: Data

    @property
    def grants(self) -> Mapping[str, TableGrant]:
        return self.policy.personas["p"].tables

    @property
    def visible(self) -> Mapping[str, Columns]:
        """The columns that the person may name."""
        return {
            table: tuple(column for column in SCHEMA[table] if grant.columns is None or column[0] in grant.columns)
            for table, grant in self.grants.items()
        }

    def permitted(self, data: Data) -> Data:
        """The granted tables with the permitted rows only, hidden columns gone, masks in place."""
        return {
            table: tuple(
                self._shown(table, row) for row in rows if self._may(table, row, self.grants[table].rows, data)
            )
            for table, rows in data.items()
            if table in self.grants
        }

    @property
    def absent(self) -> Mapping[str, tuple[str, ...]]:
        """By column, the values that none of the permitted rows has, in no table."""
        seen: dict[str, set[object]] = {}
        for table, rows in self.permitted(self.data).items():
            for index, (name, _) in enumerate(self.visible[table]):
                seen.setdefault(name, set()).update(row[index] for row in rows)
        return {
            name: left
            for name, values in DOMAINS.items()
            if name in seen and (left := tuple(value for value in values if value not in seen[name]))
        }

    def _shown(self, table: str, row: Row) -> Row:
        grant, shown = self.grants[table], {name for name, _ in self.visible[table]}
        cover = {"redacted": "***", "null": None}
        return tuple(
            cover[grant.masks[name]] if name in grant.masks else value
            for (name, _), value in zip(SCHEMA[table], row, strict=True)
            if name in shown
        )

    def _may(self, table: str, row: Row, rows: RowFilter, data: Data) -> bool:
        match rows:
            case EveryRow():
                return True
            case Own(column, attribute):
                return _value(table, row, column) in self.principal.attributes.get(attribute, ())
            case OneOf(column, values):
                return _value(table, row, column) in values
            case Through(column, other, key, own):
                wanted = _value(table, row, column)
                return wanted is not None and any(
                    _value(other, there, key) == wanted and self._may(other, there, own, data) for there in data[other]
                )
            case AllOf(filters):
                return all(self._may(table, row, one, data) for one in filters)
        raise AssertionError(rows)

    def with_other_hidden_rows(self, dice: random.Random) -> Data | None:
        """The same world where only what the person may not see is different; None when none was found."""
        before = self.permitted(self.data)
        for _ in range(12):
            changed = {table: self._changed(table, dice) for table in SCHEMA}
            if changed != self.data and self.permitted(changed) == before:
                return changed
        return None

    def _changed(self, table: str, dice: random.Random) -> tuple[Row, ...]:
        """Forbidden rows replaced or dropped, new ones added, hidden values of permitted rows exchanged."""
        how = dice.choice(("keep", "drop", "replace", "add", "cover"))
        if table not in self.grants:
            return self.data[table] if how in {"keep", "drop", "cover"} else (*self.data[table], _row(table, dice))
        grant, rows = self.grants[table], []
        covered = {name for name, _ in SCHEMA[table]} - {name for name, _ in self.visible[table]} | set(grant.masks)
        for row in self.data[table]:
            may = self._may(table, row, grant.rows, self.data)
            if may and how == "cover":
                fresh = _row(table, dice)
                rows.append(tuple(fresh[i] if name in covered else row[i] for i, (name, _) in enumerate(SCHEMA[table])))
            elif may or how in {"keep", "add"} or (how == "replace" and dice.random() < 0.3):
                rows.append(row)
            elif how == "replace":
                rows.append(_row(table, dice))
        return (*rows, *(_row(table, dice) for _ in range(dice.randrange(1, 8) if how == "add" else 0)))


def make_world(dice: random.Random) -> World:
    """One of all that a policy can say: own rows, through others, one of, all of, hidden columns, masks."""
    tables = [table for table in SCHEMA if dice.random() < 0.85] or ["stock"]
    attributes = {
        name: tuple(value for value in DOMAINS[column] if dice.random() < 0.5) for name, column in ATTRIBUTES.items()
    }
    if dice.random() < 0.1:
        attributes = {}
    return World(
        policy=Policy(
            {
                "p": Grants(
                    agents=frozenset(), tools=frozenset(), tables={table: _grant(table, dice) for table in tables}
                )
            }
        ),
        principal=Principal(subject="s", tenant="default", groups=frozenset({"p"}), persona="p", attributes=attributes),
        data={table: tuple(_row(table, dice) for _ in range(dice.randrange(0, 22))) for table in SCHEMA},
    )


def _grant(table: str, dice: random.Random) -> TableGrant:
    names = [name for name, _ in SCHEMA[table]]
    columns = None
    if dice.random() < 0.3:
        columns = tuple(name for name in names if dice.random() < 0.7) or (names[0],)
    masks: dict[str, Mask] = {}
    if dice.random() < 0.35:
        for name, kind in SCHEMA[table]:
            if (columns is None or name in columns) and dice.random() < 0.3:
                masks[name] = "redacted" if kind == "string" and dice.random() < 0.6 else "null"
    return TableGrant(rows=_filter(table, dice), columns=columns, masks=masks)


def _filter(table: str, dice: random.Random) -> RowFilter:
    kind = dice.choice(("every", "single", "single", "single", "single", "single", "all"))
    if kind == "every":
        return EveryRow()
    if kind == "all":
        return AllOf(tuple(_single(table, dice) for _ in range(dice.randrange(2, 4))))
    return _single(table, dice)


def _single(table: str, dice: random.Random) -> Own | OneOf | Through:
    kind = dice.choice(("own", "one", "through"))
    if kind == "one":
        column = dice.choice([name for name, sort in SCHEMA[table] if sort == "string"])
        return OneOf(column, tuple(dice.sample(DOMAINS[column], dice.randrange(1, 3))))
    if kind == "through":
        column, other, key = dice.choice(_POINTERS[table])
        return Through(column, other, key, _own(other, dice))
    return _own(table, dice)


def _own(table: str, dice: random.Random) -> Own:
    fitting = [Own(column, name) for name, column in ATTRIBUTES.items() if column in dict(SCHEMA[table])]
    return dice.choice(fitting) if fitting else Own(MONTH, "places")  # nobody's


def _row(table: str, dice: random.Random) -> Row:
    return tuple(_random(name, kind, dice) for name, kind in SCHEMA[table])


def _random(name: str, kind: str, dice: random.Random) -> object:
    if name != MONTH and dice.random() < 0.08:
        return None
    match kind:
        case "int":
            return dice.choice((-1, 0, 1, 2, 3, 5, 8))
        case "date":
            return date(2026, dice.randrange(3, 6), dice.randrange(1, 28))
        case "decimal(12,2)":
            return Decimal(dice.randrange(0, 400)) / 100
    return dice.choice(DOMAINS[name])


def _value(table: str, row: Row, column: str) -> object:
    return row[[name for name, _ in SCHEMA[table]].index(column)]


def database(data: Data, columns: Mapping[str, Columns], lake: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A database of these tables; with `lake`, as views over files, some by month, as the shipped engine has them."""
    connection = duckdb.connect(":memory:", config={"threads": 1})
    for table, kinds in columns.items():
        described = ", ".join(f'"{name}" {_SQL_TYPES[kind]}' for name, kind in kinds)
        connection.execute(f'CREATE TABLE "{table}" ({described})')
        if data[table]:
            holes = ", ".join("?" for _ in kinds)
            connection.executemany(f'INSERT INTO "{table}" VALUES ({holes})', [list(row) for row in data[table]])
        if lake is not None:
            _as_files(connection, table, kinds, lake)
    return connection


def _as_files(connection: duckdb.DuckDBPyConnection, table: str, kinds: Columns, lake: Path) -> None:
    folder = lake / table
    folder.mkdir(parents=True)
    monthly = MONTH in dict(kinds)
    filled = connection.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone() != (0,)
    if monthly and not filled:
        return  # no month, no file
    target, how = (
        (f"{folder}/", f", PARTITION_BY ({MONTH}), OVERWRITE_OR_IGNORE") if monthly else (f"{folder}/1.parquet", "")
    )
    connection.execute(f"COPY \"{table}\" TO '{target}' (FORMAT parquet{how})")
    connection.execute(f'DROP TABLE "{table}"')
    listed = ", ".join(f'"{name}"' for name, _ in kinds)
    options = f"hive_partitioning = {monthly}" + (f", hive_types = {{'{MONTH}': VARCHAR}}" if monthly else "")
    connection.execute(
        f"CREATE VIEW \"{table}\" AS SELECT {listed} FROM read_parquet('{folder}/**/*.parquet', {options})"
    )

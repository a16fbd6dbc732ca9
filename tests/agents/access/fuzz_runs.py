"""What the fuzzer holds of one world: queries end as over the permitted data alone, whatever the rest holds."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import duckdb
import sqlglot

from agents.access.rewrite import rewrite
from agents.access.verify import verify
from agents.errors import ForbiddenError, InvalidError
from tests.agents.access.attack_runs import in_duckdb, plain_row
from tests.agents.access.fuzz_queries import Queries
from tests.agents.access.fuzz_world import CATALOGUE, SCHEMA, World, database, make_world

if TYPE_CHECKING:
    from pathlib import Path

Answer: TypeAlias = "Counter[tuple[object, ...]] | str"  # rows, or how it failed
MOST_ROWS = 4_000  # above, the gateway's cap may cut; such queries are left out


@dataclass
class Figures:
    """Counts of a run, and what was found to be wrong."""

    queries: int = 0
    executed: int = 0
    rows: int = 0
    failing: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    filters: Counter[str] = field(default_factory=Counter)
    changed_worlds: int = 0
    wrong: list[str] = field(default_factory=list)


def answer(connection: duckdb.DuckDBPyConnection, statement: str) -> Answer:
    """The rows of a statement in no order; or `failed`, whose words do not count."""
    try:
        return Counter(map(plain_row, connection.cursor().execute(statement).fetchmany(MOST_ROWS + 1)))
    except duckdb.Error:
        return "failed"


def why(connection: duckdb.DuckDBPyConnection, statement: str) -> str:
    """How a statement fails, for a developer."""
    try:
        connection.cursor().execute(statement).fetchall()
    except duckdb.Error as error:
        return str(error)[:400]
    return ""


def queries_of(seed: int, queries: int) -> tuple[World, list[tuple[str, str]]]:
    """One random world, and its queries with their dialects."""
    dice = random.Random(seed)
    world = make_world(dice)
    writer = Queries(dice, world.visible, world.absent)
    dialects = ["athena" if number % 4 == 3 else "duckdb" for number in range(queries)]
    return world, [(writer.query(dialect), dialect) for dialect in dialects]


def run_world(seed: int, queries: int, figures: Figures, lake: Path | None = None) -> None:
    """One random world and its queries; `lake`: months lie in files, as the shipped engine has them."""
    world, asked = queries_of(seed, queries)
    figures.filters.update(_kinds(world))
    full = database(world.data, SCHEMA, lake and lake / f"{seed}")
    alone = database(world.permitted(world.data), world.visible)
    dice = random.Random(seed)
    others = [data for _ in range(2) if (data := world.with_other_hidden_rows(dice)) is not None]
    figures.changed_worlds += len(others)
    elsewhere = [database(data, SCHEMA, lake and lake / f"{seed}-{n}") for n, data in enumerate(others)]
    for sql, dialect in asked:
        found = _check(sql, world, full, alone, elsewhere, figures, dialect)
        if found:
            figures.wrong.append(f"seed {seed}: {found}\n  {sql}\n  {world.policy}\n  {world.principal.attributes}")
    for connection in (full, alone, *elsewhere):
        connection.close()


def _check(
    sql: str,
    world: World,
    full: duckdb.DuckDBPyConnection,
    alone: duckdb.DuckDBPyConnection,
    elsewhere: list[duckdb.DuckDBPyConnection],
    figures: Figures,
    dialect: str,
) -> str:
    figures.queries += 1
    wanted = sql if dialect == "duckdb" else sqlglot.transpile(sql, read=dialect, write="duckdb")[0]
    expected = answer(alone, wanted)
    if not isinstance(expected, str) and expected.total() > MOST_ROWS:
        return ""
    try:
        safe = rewrite(sql, world.principal, CATALOGUE, world.policy, dialect)
        verify(safe.statement, world.principal, CATALOGUE, world.policy, dialect)
    except (InvalidError, ForbiddenError) as error:
        figures.refused[str(error)[:90]] += 1
        return ""
    sent = in_duckdb(safe.statement, dialect)
    got = answer(full, sent)
    for there in elsewhere:
        if (other := answer(there, sent)) != got:
            return f"hidden rows show: {_short(got)} became {_short(other)}\n  {sent}"
    if isinstance(expected, str) or isinstance(got, str):
        figures.failing += 1
        if expected == got:
            return ""
        return f"{_short(expected)} became {_short(got)}: {why(alone, wanted)}{why(full, sent)}\n  {sent}"
    figures.executed += 1
    figures.rows += expected.total()
    return "" if expected == got else f"{_short(expected)} became {_short(got)}\n  {sent}"


def _kinds(world: World) -> Counter[str]:
    kinds: Counter[str] = Counter()
    for grant in world.grants.values():
        kinds[type(grant.rows).__name__] += 1
        kinds["hidden columns"] += grant.columns is not None
        kinds.update(f"mask {mask}" for mask in grant.masks.values())
    return kinds


def _short(found: Answer) -> str:
    return found if isinstance(found, str) else f"{found.total()} rows {sorted(found.items(), key=repr)[:3]}"

"""Conditions that a guard takes over from the query: they leave the answer as it is, and let files unread."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING

import duckdb
import pytest

from agents.access.catalogue import CataloguedTable
from agents.access.policy import EveryRow, Grants, Own, Policy, TableGrant, Through
from agents.access.principal import Principal
from agents.access.rewrite import rewrite
from agents.access.verify import verify
from agents.errors import ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Callable

CATALOGUE = {
    "o": CataloguedTable(
        columns={"id": "string", "wh": "string", "n": "int", "month": "string"}, partitions=frozenset({"month"})
    ),
    "l": CataloguedTable(columns={"id": "string", "q": "int", "month": "string"}, partitions=frozenset({"month"})),
    "p": CataloguedTable(columns={"name": "string", "n": "int"}),
}
MINE = Own("wh", "whs")
TABLES = {
    "o": TableGrant(rows=MINE),
    "l": TableGrant(rows=Through("id", "o", "id", MINE)),
    "p": TableGrant(rows=EveryRow()),
}
WHO = Principal(subject="anna", tenant="default", groups=frozenset(), persona="p", attributes={"whs": ("A", "B")})
FENCES = {"duckdb": " LIMIT (SELECT 1000000000000000)", "athena": " LIMIT 1000000000000000"}
MONTHS = ("2026-03", "2026-04", "2026-05", None)


def policy_of(tables: dict[str, TableGrant]) -> Policy:
    return Policy({"p": Grants(agents=frozenset(), tools=frozenset(), tables=tables)})


def safe(sql: str, dialect: str = "duckdb", tables: dict[str, TableGrant] = TABLES) -> str:
    policy = policy_of(tables)
    statement = rewrite(sql, WHO, CATALOGUE, policy, dialect).statement
    verify(statement, WHO, CATALOGUE, policy, dialect)
    return statement


def taken(sql: str, dialect: str = "duckdb") -> list[str]:
    """The conditions that guards took over, in the order of the guards."""
    pieces = safe(sql, dialect).split(FENCES[dialect])[:-1]
    found = [piece.rsplit("IN ('A', 'B')", 1)[1].removeprefix(")").removeprefix(" AND ") for piece in pieces]
    return [one for one in found if one]


@pytest.mark.parametrize("dialect", ["duckdb", "athena"])
@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("month = '2026-05'", "\"month\" = '2026-05'"),
        ("o.MONTH >= '2026-05'", "\"month\" >= '2026-05'"),
        ("month > 'a' AND n = 1 AND month < 'b'", "\"month\" > 'a' AND \"month\" < 'b'"),
        ("(month <= 'it''s')", "\"month\" <= 'it''s'"),
        ("month BETWEEN 'a' AND 'b'", "\"month\" BETWEEN 'a' AND 'b'"),
        ("month IN ('a', 'b')", "\"month\" IN ('a', 'b')"),
        ("(n = 1 OR n = 2) AND (month = 'a' AND n = 3)", "\"month\" = 'a'"),
    ],
)
def test_a_comparison_with_plain_text_is_taken(condition: str, expected: str, dialect: str) -> None:
    """It stays in the query too."""
    sql = f"SELECT COUNT(*) FROM o WHERE {condition}"
    assert taken(sql, dialect) == [expected]
    assert safe(sql, dialect).split(") AS ")[1].lower().count('"month"') == condition.lower().count("month")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM o WHERE month = 'a' OR n = 1",
        "SELECT 1 FROM o WHERE NOT month = 'a'",
        "SELECT 1 FROM o WHERE month NOT IN ('a')",
        "SELECT 1 FROM o WHERE month <> 'a'",
        "SELECT 1 FROM o WHERE month LIKE 'a%'",
        "SELECT 1 FROM o WHERE month IS NULL",
        "SELECT 1 FROM o WHERE month = wh",
        "SELECT 1 FROM o WHERE month = CAST('a' AS VARCHAR)",
        "SELECT 1 FROM o WHERE month > 5",
        "SELECT 1 FROM o WHERE month IN (SELECT 'a')",
        "SELECT 1 FROM o WHERE month IN ('a', wh)",
        "SELECT 1 FROM o WHERE month BETWEEN 'a' AND wh",
        "SELECT 1 FROM o WHERE UPPER(month) = 'A'",
        "SELECT 1 FROM o WHERE wh = 'A'",
        "SELECT MIN(month) FROM o HAVING MIN(month) = 'a'",
        "SELECT CASE WHEN month = 'a' THEN 1 END FROM o WHERE n = 1",
        "SELECT 'x' AS month FROM o WHERE month = 'a'",
        "SELECT 1 FROM o AS o(a, b, c, month) WHERE month = 'a'",
        "SELECT 1 FROM o AS x(month, b, c, d) WHERE x.month = 'a'",
        "SELECT 1 FROM o, l WHERE month = 'a'",
        "SELECT 1 FROM o JOIN l USING (month) WHERE month = 'a'",
        "SELECT 1 FROM o JOIN l USING (id) WHERE o.month = 'a'",
        "SELECT 1 FROM o NATURAL JOIN p WHERE o.month = 'a'",
        "SELECT 1 FROM o POSITIONAL JOIN p WHERE o.month = 'a'",
        "SELECT 1 FROM o SEMI JOIN p ON TRUE WHERE o.month = 'a'",
        "WITH c AS (SELECT 'a' AS month) SELECT 1 FROM o, c WHERE month = 'a'",
        "WITH c AS (SELECT 'a' AS month) SELECT 1 FROM o, c WHERE c.month = 'a'",
        "SELECT 1 FROM o JOIN p ON o.month = 'a' WHERE p.n = 1",
        "SELECT 1 FROM (SELECT * FROM o) AS o WHERE o.month = 'a'",
        "SELECT 1 FROM p WHERE EXISTS (SELECT 1 FROM o WHERE p.name = 'a')",
    ],
)
def test_anything_else_is_left_where_it_is(sql: str) -> None:
    """What is not certain to be harmless and to be this table's is not copied."""
    assert taken(sql) == []


@pytest.mark.parametrize(
    "join",
    [
        *("JOIN p ON TRUE", "INNER JOIN p ON TRUE", "CROSS JOIN p", "LEFT JOIN p ON TRUE", "LEFT OUTER JOIN p ON TRUE"),
        *("RIGHT JOIN p ON TRUE", "FULL JOIN p ON TRUE", "FULL OUTER JOIN p ON TRUE", ", p"),
    ],
)
@pytest.mark.parametrize("dialect", ["duckdb", "athena"])
def test_plain_joins_of_every_kind_prune(join: str, dialect: str) -> None:
    """From either side."""
    assert taken(f"SELECT 1 FROM o {join} WHERE o.month = 'a'", dialect) == ["\"month\" = 'a'"]
    turned = join.replace("p", "o", 1) if join != ", p" else ", o"
    assert taken(f"SELECT 1 FROM p {turned} WHERE o.month = 'a'", dialect) == ["\"month\" = 'a'"]


def test_each_select_prunes_its_own_tables() -> None:
    """In a set operation, a WITH and a sub-query alike, and each reference of a table by itself."""
    assert taken("SELECT 1 FROM o WHERE month = 'a' UNION SELECT 1 FROM o WHERE month = 'b' UNION SELECT n FROM o") == [
        "\"month\" = 'a'",
        "\"month\" = 'b'",
    ]
    assert taken("SELECT 1 FROM o a JOIN o b ON a.id = b.id WHERE b.month = 'b'") == ["\"month\" = 'b'"]
    assert taken("WITH c AS (SELECT * FROM o WHERE month = 'a') SELECT 1 FROM c WHERE month = 'b'") == [
        "\"month\" = 'a'"
    ]
    assert taken("SELECT 1 FROM p WHERE n IN (SELECT n FROM o WHERE o.month = 'a')") == ["\"month\" = 'a'"]
    assert taken("WITH c AS (SELECT 1 AS n) SELECT 1 FROM o, c WHERE o.month = 'a'") == ["\"month\" = 'a'"]


def test_a_masked_or_hidden_column_prunes_nothing() -> None:
    """Outside it is a constant or nothing, so the comparison says nothing of the files."""
    for grant in (TableGrant(rows=MINE, masks={"month": "redacted"}), TableGrant(rows=MINE, masks={"month": "null"})):
        assert "AND" not in safe("SELECT 1 FROM o WHERE month >= '***'", tables={"o": grant})
    hidden = {"o": TableGrant(rows=MINE, columns=("id",))}
    with pytest.raises(ForbiddenError):
        safe("SELECT 1 FROM o WHERE month >= 'a'", tables=hidden)


@pytest.mark.parametrize(
    "condition",
    [
        "\"n\" = '1'",
        "\"month\" = 'a' OR TRUE",
        '"month" = "wh"',
        '"month" = 1',
        "\"month\" = CAST('a' AS TEXT)",
        "\"month\" <> 'a'",
        "\"month\" IN ('a', (SELECT 'b'))",
        '"month" IN ()',
        'CAST("wh" AS INT) > 0',
        '"o"."month" = \'a\'',
        "\"month\" = 'a' 'b'",
    ],
)
@pytest.mark.parametrize("dialect", ["duckdb", "athena"])
def test_the_verifier_lets_no_other_condition_into_a_guard(condition: str, dialect: str) -> None:
    """Only a shown partition against plain text: anything else could fail on a hidden row, and tell of it."""
    statement = safe("SELECT 1 FROM o WHERE month = 'a'", dialect)
    assert statement.count("AND \"month\" = 'a' LIMIT") == 1
    changed = statement.replace("AND \"month\" = 'a' LIMIT", f"AND {condition} LIMIT")
    with pytest.raises(ForbiddenError):
        verify(changed, WHO, CATALOGUE, policy_of(TABLES), dialect)
    for masked in (TableGrant(rows=MINE, masks={"month": "null"}), TableGrant(rows=MINE, columns=("id",))):
        own = safe("SELECT 1 FROM o", dialect, {"o": masked})
        changed = own.replace(FENCES[dialect], " AND \"month\" = 'a'" + FENCES[dialect], 1)
        assert changed != own
        with pytest.raises(ForbiddenError):
            verify(changed, WHO, CATALOGUE, policy_of({"o": masked}), dialect)


@pytest.fixture(scope="module")
def worlds() -> tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection]:
    """All rows, and only those that WHO may see."""
    pick = random.Random(3)
    full, permitted = duckdb.connect(":memory:"), duckdb.connect(":memory:")
    for connection in (full, permitted):
        connection.execute("CREATE TABLE o (id VARCHAR, wh VARCHAR, n INTEGER, month VARCHAR)")
        connection.execute("CREATE TABLE l (id VARCHAR, q INTEGER, month VARCHAR)")
        connection.execute(
            "CREATE TABLE p AS SELECT CAST(i AS VARCHAR) AS name, CAST(i AS INTEGER) AS n FROM range(5) t(i)"
        )
    for number in range(30):
        order = [str(number % 20), pick.choice("ABC"), pick.randrange(5), pick.choice(MONTHS)]
        full.execute("INSERT INTO o VALUES (?, ?, ?, ?)", order)
        full.execute("INSERT INTO l VALUES (?, ?, ?)", [str(pick.randrange(25)), number % 4, pick.choice(MONTHS)])
    for table, condition in (("o", "wh IN ('A', 'B')"), ("l", "id IN (SELECT id FROM o WHERE wh IN ('A', 'B'))")):
        for row in full.execute(f"SELECT * FROM {table} WHERE {condition}").fetchall():
            permitted.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", list(row))
    return full, permitted


def made_up(pick: Callable[[tuple[str, ...]], str]) -> str:
    """A query over one to three tables, joined in any way, with conditions on months of any kind."""
    aliases = ("a", "b", "c")[: int(pick(("1", "2", "2", "3")))]
    source = f"{pick(('o', 'l', 'p'))} a"
    for left, right in pairwise(aliases):
        table = f"{pick(('o', 'l', 'p'))} {right}"
        on = pick(("month", "id", "n"))
        on = pick((f"ON {left}.{on} = {right}.{on}", f"ON {right}.id = {left}.id AND {left}.month > '2026-03'"))
        kind = pick(("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI JOIN", "ANTI JOIN", "USING", ","))
        whole = pick(("CROSS JOIN", "NATURAL JOIN", "NATURAL LEFT JOIN", "POSITIONAL JOIN"))
        joined = pick((f"{kind} {table} {on}", f"{kind} {table} {on}", f"{whole} {table}"))
        joined = joined.replace(f", {table} {on}", f", {table}")
        source += (
            " " + joined if not joined.startswith("USING") else f" FULL JOIN {table} USING ({pick(('month', 'id'))})"
        )
    conditions = []
    for _ in range(int(pick(("1", "2", "3")))):
        column = pick((f"{pick(aliases)}.month", "month"))
        conditions.append(
            pick(
                (
                    f"{column} = '2026-04'", f"{column} >= '2026-04'", f"{column} < '2026-05'", f"{column} IS NULL",
                    f"{column} BETWEEN '2026-03' AND '2026-04'", f"{column} IN ('2026-03', '2026-05')",
                    f"NOT {column} = '2026-04'", f"({column} = '2026-04' OR 1 = 0)",
                    f"COALESCE({column}, '2026-09') > '2026-04'",
                )
            )
        )  # fmt: skip
    selected = pick(("*", "COUNT(*)", "a.*", "'x' AS month, a.*", "COUNT(*) OVER ()"))
    query = f"SELECT {selected} FROM {source} WHERE {' AND '.join(conditions)}"
    return pick((query, query, f"SELECT COUNT(*) FROM ({query}) AS s, o WHERE o.month >= '2026-04'"))


def test_pruning_changes_no_answer(worlds: tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection]) -> None:
    """Whatever joins and conditions there are, the answer is that of a database with the permitted rows alone."""
    full, permitted = worlds
    pick = random.Random(11).choice
    compared = pruned = 0
    for _ in range(1_200):
        sql = made_up(pick)
        try:
            expected = sorted(map(repr, permitted.execute(sql).fetchall()))
        except duckdb.Error:
            continue
        statement = safe(sql)
        assert sorted(map(repr, full.execute(statement).fetchall())) == expected, sql
        compared += 1
        pruned += ' AND "month" ' in statement and statement != sql
    assert compared > 300
    assert pruned > 100

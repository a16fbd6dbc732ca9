"""What stands for a table: granted columns, masks, granted rows, and nothing when the grant makes no sense."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from agents.access.catalogue import CataloguedTable
from agents.access.policy import AllOf, EveryRow, Grants, OneOf, Own, Policy, RowFilter, TableGrant, Through
from agents.access.principal import Principal
from agents.access.rewrite import Rewritten, rewrite
from agents.access.verify import verify
from agents.errors import ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CATALOGUE = {
    "shop": CataloguedTable(
        columns={
            "id": "string", "owner": "string", "city": "string", "staff": "int", "rent": "decimal(12,2)",
            "opened": "date", "size": "double", "online": "boolean", "seen": "timestamp", "visits": "bigint",
        },
    ),
    "city": CataloguedTable(columns={"city": "string", "land": "string"}),
    "odd": CataloguedTable(columns={"id": "string", "shape": "geometry"}),
}  # fmt: skip
ANNA = Principal(
    subject="anna",
    tenant="default",
    groups=frozenset(),
    persona="p",
    attributes={"owners": ("anna", "O'Hare \\"), "lands": ("it",), "none": ()},
)
DIALECTS = pytest.mark.parametrize("dialect", ["duckdb", "athena"])
MINE = Own("owner", "owners")
FENCES = {"duckdb": " LIMIT (SELECT 1000000000000000))", "athena": " LIMIT 1000000000000000)"}


def policy_of(**grants: TableGrant) -> Policy:
    return Policy({"p": Grants(agents=frozenset(), tools=frozenset(), tables=grants)})


def safe(sql: str, grant: TableGrant, dialect: str = "duckdb", table: str = "shop") -> Rewritten:
    policy = policy_of(**{table: grant})
    made = rewrite(sql, ANNA, CATALOGUE, policy, dialect)
    verify(made.statement, ANNA, CATALOGUE, policy, dialect)
    return made


@pytest.fixture(scope="module")
def shops() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.execute(
        "CREATE TABLE shop AS SELECT * FROM (VALUES"
        " ('s1', 'anna', 'rome', 3::INTEGER, 9.50::DECIMAL(12,2), DATE '2020-01-01', 1.5::DOUBLE, true,"
        " TIMESTAMP '2026-01-01 00:00:00', 7::BIGINT),"
        " ('s2', 'O''Hare \\', 'oslo', 4, 8.25, DATE '2021-01-01', 2.5, false, TIMESTAMP '2026-01-02 00:00:00', 8),"
        " ('s3', 'bob', 'rome', 5, 7.75, DATE '2022-01-01', 3.5, true, TIMESTAMP '2026-01-03 00:00:00', 9))"
        " t(id, owner, city, staff, rent, opened, size, online, seen, visits)"
    )
    connection.execute("CREATE TABLE city AS SELECT * FROM (VALUES ('rome', 'it'), ('oslo', 'no')) t(city, land)")
    return connection


@pytest.mark.parametrize(
    ("rows", "ids"),
    [
        (EveryRow(), ["s1", "s2", "s3"]),
        (MINE, ["s1", "s2"]),
        (Own("owner", "none"), []),
        (Own("owner", "never heard of"), []),
        (OneOf("city", ("rome",)), ["s1", "s3"]),
        (OneOf("city", ()), []),
        (Through("city", "city", "city", Own("land", "lands")), ["s1", "s3"]),
        (AllOf((MINE, OneOf("city", ("rome", "paris")))), ["s1"]),
        (AllOf((MINE, Through("city", "city", "city", Own("land", "lands")))), ["s1"]),
        (AllOf((MINE, OneOf("city", ()))), []),
    ],
    ids=repr,
)
def test_each_filter_gives_its_rows(shops: duckdb.DuckDBPyConnection, rows: RowFilter, ids: list[str]) -> None:
    """Values with quotes and backslashes in them are values; no values are no rows."""
    statement = safe("SELECT id FROM shop ORDER BY id", TableGrant(rows=rows)).statement
    assert [found[0] for found in shops.execute(statement).fetchall()] == ids
    assert (FENCES["duckdb"] in statement) is not isinstance(rows, EveryRow)


@DIALECTS
def test_what_filters_ends_in_the_fence_of_its_engine(dialect: str) -> None:
    """Of DuckDB in a sub-query, whose value no plan knows; of Athena, which takes nothing else, in digits."""
    for rows in (MINE, Own("owner", "none"), Through("city", "city", "city", Own("land", "lands"))):
        statement = safe("SELECT id FROM shop", TableGrant(rows=rows), dialect).statement
        assert statement.endswith(f'{FENCES[dialect]} AS "shop" LIMIT 5001')
        other = statement.replace(FENCES[dialect], next(text for name, text in FENCES.items() if name != dialect))
        for changed in (other, statement.replace(FENCES[dialect], ")"), statement.replace("10000", "1000")):
            with pytest.raises(ForbiddenError, match="proven"):
                verify(changed, ANNA, CATALOGUE, policy_of(shop=TableGrant(rows=rows)), dialect)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT COUNT(*) FROM shop WHERE {trap}",
        "SELECT id FROM shop WHERE {trap} LIMIT 1",
        "SELECT id FROM shop WHERE {trap} ORDER BY staff LIMIT 1",
        "SELECT COUNT(DISTINCT id) FROM shop WHERE {trap}",
        "SELECT id, 1 AS n FROM shop WHERE {trap} UNION ALL SELECT city, COUNT(DISTINCT id) FROM shop GROUP BY city",
        "SELECT a.id FROM shop a JOIN (SELECT id AS i FROM shop) AS b ON a.id = b.i WHERE {trap}",
        "SELECT id FROM shop a WHERE EXISTS (SELECT 1 FROM shop b WHERE b.id = a.id AND {trap})",
        "SELECT id, (SELECT MAX(b.id) FROM shop b WHERE b.city = a.city AND {trap}) FROM shop a",
        "SELECT a.id FROM shop a, (SELECT COUNT(*) AS n FROM shop b WHERE b.city = a.city AND {trap}) AS c",
        "SELECT RANK() OVER (ORDER BY id) FROM shop WHERE {trap}",
    ],
)
@pytest.mark.parametrize("files", [False, True], ids=["tables", "files"])
def test_the_engine_keeps_every_fence(
    shops: duckdb.DuckDBPyConnection, tmp_path: Path, sql: str, *, files: bool
) -> None:
    """Over tables, whose size it knows, and over files: between each scan and its limit stands nothing of the query."""
    statement = safe(sql.format(trap="city || '77' <> owner"), TableGrant(rows=MINE)).statement
    connection = shops
    if files:
        shops.execute(f"COPY shop TO '{tmp_path}/shop.parquet'")
        connection = duckdb.connect(":memory:")
        connection.execute(f"CREATE VIEW shop AS SELECT * FROM '{tmp_path}/shop.parquet'")
    ((_, text),) = connection.execute(f"EXPLAIN (FORMAT json) {statement}").fetchall()
    scans = list(_scans(json.loads(text)))
    assert scans
    assert "77" in text
    for above in scans:
        last = max(place for place, node in enumerate(above) if node["name"].strip().endswith("LIMIT"))
        assert "77" not in str([node["extra_info"] for node in above[last:]])


def _scans(plan: list[dict[str, Any]], above: tuple[dict[str, Any], ...] = ()) -> Iterator[tuple[dict[str, Any], ...]]:
    """For each scan of a table or a file the nodes from the root of the plan down to it."""
    for node in plan:
        if {"Table", "Function"} & node["extra_info"].keys():
            yield (*above, node)
        yield from _scans(node["children"], (*above, node))


@pytest.mark.parametrize("column", [name for name in CATALOGUE["shop"].columns if name != "id"])
def test_a_mask_keeps_the_columns_place_and_type(shops: duckdb.DuckDBPyConnection, column: str) -> None:
    """`null` is NULL of the column's type; the filter still sees the values behind a mask."""
    made = safe("SELECT * FROM shop ORDER BY id", TableGrant(rows=MINE, masks={column: "null"}))
    masked = shops.execute(made.statement)
    place = list(CATALOGUE["shop"].columns).index(column)
    assert [row[place] for row in masked.fetchall()] == [None, None]
    types = [(name, str(type_)) for name, type_, *_ in masked.description or ()]
    plain = shops.execute("SELECT * FROM shop").description or ()
    assert types == [(name, str(type_)) for name, type_, *_ in plain]
    assert made.masked == (f"shop.{column}",)


def test_redacted_text_is_stars(shops: duckdb.DuckDBPyConnection) -> None:
    """Also when the same column decides which rows are granted."""
    made = safe("SELECT owner, COUNT(*) FROM shop GROUP BY owner", TableGrant(rows=MINE, masks={"owner": "redacted"}))
    assert shops.execute(made.statement).fetchall() == [("***", 2)]


def test_a_column_that_is_not_granted_is_not_there(shops: duckdb.DuckDBPyConnection) -> None:
    """Granted ones come in the catalogue's order; the filter may use one that is not granted."""
    grant = TableGrant(rows=MINE, columns=("staff", "id"))
    made = safe("SELECT * FROM shop ORDER BY 1", grant)
    assert shops.execute(made.statement).fetchall() == [("s1", 3), ("s2", 4)]
    assert set(made.hidden) == {f"shop.{name}" for name in CATALOGUE["shop"].columns} - {"shop.id", "shop.staff"}


@DIALECTS
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT {} FROM shop",
        'SELECT "{}" FROM shop',
        "SELECT s.{} FROM shop AS s",
        "SELECT id FROM shop ORDER BY {}",
        "SELECT id FROM shop WHERE {} IS NULL",
        "SELECT COUNT(*) FROM shop GROUP BY {}",
        "SELECT COUNT(*) FROM shop HAVING MAX({}) > 1",
        "SELECT COUNT(*) FROM shop a JOIN shop b USING ({})",
        "SELECT COUNT(*) FROM shop a JOIN shop b ON a.{} = b.id",
        "WITH a AS (SELECT * FROM shop) SELECT {} FROM a",
        "SELECT SUM(1) OVER (PARTITION BY {}) FROM shop",
        "SELECT * EXCLUDE ({}) FROM shop",
        "SELECT (SELECT {} FROM shop)",
    ],
)
def test_a_hidden_column_reads_as_one_that_does_not_exist(sql: str, dialect: str) -> None:
    """Both are refused before any engine, in the same words, with the columns that may be read."""
    grant = TableGrant(rows=EveryRow(), columns=("id", "city"))
    refusals = []
    for column in ("rent", "tnre", "rowid", "$path"):
        if column.startswith("$") and '"' not in sql:
            continue
        with pytest.raises(ForbiddenError, match="you may not read") as refused:
            safe(sql.format(column), grant, dialect)
        refusals.append(str(refused.value).replace(repr(column), "it"))
    assert len(set(refusals)) == 1
    assert "shop: id, city" in refusals[0]


def test_a_name_that_the_statement_gives_is_its_own(shops: duckdb.DuckDBPyConnection) -> None:
    """An alias may be called like a hidden column, and is not it."""
    grant = TableGrant(rows=EveryRow(), columns=("id",))
    made = safe("SELECT rent + 1 AS more FROM (SELECT 1 AS rent FROM shop) AS t", grant)
    assert shops.execute(made.statement).fetchall() == [(2,), (2,), (2,)]


@DIALECTS
@pytest.mark.parametrize(
    ("table", "grant"),
    [
        ("shop", TableGrant(rows=EveryRow(), columns=())),
        ("shop", TableGrant(rows=EveryRow(), columns=("id", "nothing"))),
        ("shop", TableGrant(rows=EveryRow(), masks={"nothing": "null"})),
        ("shop", TableGrant(rows=EveryRow(), columns=("id",), masks={"rent": "null"})),
        ("shop", TableGrant(rows=EveryRow(), masks={"rent": "redacted"})),
        ("shop", TableGrant(rows=EveryRow(), masks={"city": "hash"})),  # type: ignore[dict-item]
        ("odd", TableGrant(rows=EveryRow(), masks={"shape": "null"})),
        ("shop", TableGrant(rows=Own("nothing", "owners"))),
        ("shop", TableGrant(rows=Own("staff", "owners"))),
        ("shop", TableGrant(rows=OneOf("nothing", ("a",)))),
        ("shop", TableGrant(rows=OneOf("city", "rome"))),  # type: ignore[arg-type]
        ("shop", TableGrant(rows=OneOf("city", ("\x00",)))),
        ("shop", TableGrant(rows=Through("nothing", "city", "city", Own("land", "lands")))),
        ("shop", TableGrant(rows=Through("city", "nothing", "city", Own("land", "lands")))),
        ("shop", TableGrant(rows=Through("city", "city", "owner", Own("land", "lands")))),
        ("shop", TableGrant(rows=Through("city", "city", "city", Own("owner", "owners")))),
        ("shop", TableGrant(rows=AllOf(()))),
        ("shop", TableGrant(rows=AllOf((MINE, EveryRow())))),  # type: ignore[arg-type]
        ("shop", TableGrant(rows=AllOf((AllOf((MINE, MINE)), MINE)))),  # type: ignore[arg-type]
    ],
    ids=repr,
)
def test_a_grant_that_makes_no_sense_grants_nothing(table: str, grant: TableGrant, dialect: str) -> None:
    """Whatever let it into the policy: rewriter and verifier each refuse it."""
    with pytest.raises(ForbiddenError, match="cannot be given"):
        rewrite(f"SELECT * FROM {table}", ANNA, CATALOGUE, policy_of(**{table: grant}), dialect)
    for rows in (EveryRow(), MINE):
        if table == "shop":
            other = rewrite("SELECT * FROM shop", ANNA, CATALOGUE, policy_of(shop=TableGrant(rows=rows)), dialect)
            with pytest.raises(ForbiddenError, match="proven"):
                verify(other.statement, ANNA, CATALOGUE, policy_of(shop=grant), dialect)


@DIALECTS
@pytest.mark.parametrize(
    ("made_for", "old", "new", "grant"),
    [
        (TableGrant(rows=EveryRow(), columns=("id",)), "", "", TableGrant(rows=EveryRow(), columns=("id", "nothing"))),
        (
            TableGrant(rows=EveryRow(), columns=("id", "city"), masks={"city": "redacted"}),
            "",
            "",
            TableGrant(rows=EveryRow(), columns=("id", "city"), masks={"city": "hash"}),  # type: ignore[dict-item]
        ),
        (
            TableGrant(rows=EveryRow(), columns=("id", "opened"), masks={"opened": "null"}),
            "CAST(NULL AS DATE)",
            "CAST('***' AS DATE)",
            TableGrant(rows=EveryRow(), columns=("id", "opened"), masks={"opened": "redacted"}),
        ),
        (
            TableGrant(rows=EveryRow(), columns=("id",)),
            "",
            "",
            TableGrant(rows=EveryRow(), columns=("id",), masks={"city": "null"}),
        ),
    ],
    ids=repr,
)
def test_the_verifier_refuses_such_a_grant_also_in_its_own_words(
    made_for: TableGrant, old: str, new: str, grant: TableGrant, dialect: str
) -> None:
    """A statement that says just what the grant would come to, were its nonsense left out."""
    statement = safe("SELECT COUNT(*) FROM shop", made_for, dialect).statement
    assert old in statement
    with pytest.raises(ForbiddenError, match="proven"):
        verify(statement.replace(old, new) if old else statement, ANNA, CATALOGUE, policy_of(shop=grant), dialect)


def test_the_certificate_has_the_conditions_as_sent() -> None:
    """All of them, and the words for a table without any."""
    rows = AllOf((MINE, Through("city", "city", "city", Own("land", "lands"))))
    made = safe("SELECT * FROM shop", TableGrant(rows=rows))
    (predicate,) = made.predicates
    assert predicate.startswith("shop: \"owner\" IN ('O''Hare \\', 'anna') AND \"city\" IN (SELECT ")
    assert predicate.removeprefix("shop: ") in made.statement
    assert safe("SELECT * FROM shop", TableGrant(rows=EveryRow())).predicates == ("shop: every row",)


@DIALECTS
def test_every_granted_column_may_be_masked(dialect: str) -> None:
    """Then rows can be counted, and nothing else."""
    made = safe("SELECT * FROM shop", TableGrant(rows=MINE, columns=("id",), masks={"id": "null"}), dialect)
    assert made.masked == ("shop.id",)


@DIALECTS
def test_an_attribute_that_is_no_text_grants_nothing(dialect: str) -> None:
    """Attributes come from a table, and a table can hold anything."""
    for values in ("anna", (1,), ("a\nb",)):
        who = dataclasses.replace(ANNA, attributes={"owners": values})  # type: ignore[dict-item]
        with pytest.raises(ForbiddenError, match="cannot be given"):
            rewrite("SELECT * FROM shop", who, CATALOGUE, policy_of(shop=TableGrant(rows=MINE)), dialect)


@DIALECTS
def test_the_verifier_writes_masks_and_filters_by_itself(dialect: str) -> None:
    """A statement made for another grant of the same table is refused: a mask less, a column more, a filter less."""
    grants = [
        TableGrant(rows=AllOf((MINE, OneOf("city", ("rome",))))),
        TableGrant(rows=MINE),
        TableGrant(rows=OneOf("city", ("rome",))),
        TableGrant(rows=EveryRow()),
        TableGrant(rows=EveryRow(), columns=("id", "city")),
        TableGrant(rows=EveryRow(), columns=("id",)),
        TableGrant(rows=EveryRow(), columns=("id", "city"), masks={"city": "null"}),
        TableGrant(rows=EveryRow(), columns=("id", "city"), masks={"city": "redacted"}),
        TableGrant(rows=EveryRow(), masks={"staff": "null", "rent": "null", "opened": "null", "seen": "null"}),
    ]
    for made_for in grants:
        statement = safe("SELECT COUNT(*) FROM shop", made_for, dialect).statement
        for other in grants:
            if other is not made_for:
                with pytest.raises(ForbiddenError):
                    verify(statement, ANNA, CATALOGUE, policy_of(shop=other), dialect)

"""What the verifier's own reading takes and refuses: plain forms only, whatever an engine might make of others."""

from __future__ import annotations

import pytest

from agents.access.principal import Principal
from agents.access.verify import verify
from agents.errors import ForbiddenError
from agents.supply_chain.policy import CATALOGUE, POLICY

PETRA = Principal(
    subject="petra", tenant="default", groups=frozenset(), persona="procurement_specialist", attributes={}
)
GUARD = '(SELECT "product_id", "name", "category", "supplier", "unit_cost", "list_price" FROM "product")'
DIALECTS = pytest.mark.parametrize("dialect", ["duckdb", "athena"])


def is_refused(statement: str, dialect: str) -> bool:
    try:
        verify(statement, PETRA, CATALOGUE, POLICY, dialect)
    except ForbiddenError:
        return True
    return False


@DIALECTS
@pytest.mark.parametrize(
    "ending",
    [
        "",
        " LIMIT 1",
        ' AS "p" LIMIT 1',
        ' AS "p"("a", "b", "c", "d", "e", "f") WHERE "p"."a" = \'x -- /* ; \\ \'\' y\'',
        f' AS "p" CROSS JOIN {GUARD} AS "q", ({GUARD} AS "r" NATURAL JOIN {GUARD} AS "s")',
        f' WHERE 1 IN (SELECT 2 FROM {GUARD}) AND EXISTS (WITH "a" AS (SELECT 1) SELECT 1 FROM "a")',
        " WHERE TRIM(BOTH 'x' FROM \"name\") = 'a' AND EXTRACT(YEAR FROM CAST('2026-01-01' AS DATE)) - -1.5e3 < .5",
        f" UNION ALL (SELECT 1 FROM {GUARD} EXCEPT SELECT CASE WHEN TRUE THEN 1 END) ORDER BY 1 LIMIT 5",
        ' AS "warehouse" WHERE "warehouse"."name" = \'x\'',
        ' WHERE "offset" = 1 ORDER BY "FROM"',
    ],
)
def test_what_is_written_plainly_is_read(ending: str, dialect: str) -> None:
    """The forms that a statement of ours can have."""
    assert not is_refused(f"SELECT 1 FROM {GUARD}{ending}", dialect)


@DIALECTS
@pytest.mark.parametrize(
    "ending",
    [
        # What engines read in different ways, or otherwise than we do.
        *(
            " -- x",
            " /* x */",
            "/**/",
            ";",
            " ;",
            " `x`",
            " $$x$$",
            " $1",
            " ?",
            " :a",
            " #",
            " @",
            " \\",
            " [1]",
            " {}",
        ),
        *(" WHERE 'a' = E'b'", " WHERE 'a' = X'00'", " WHERE 'a' = U&'b'", " WHERE 'a' = N'b'", " WHERE E 'a' = 'b'"),
        *(" WHERE 'a' 'b' = 'c'", " WHERE 'a'\n'b' = 'c'", " WHERE 'a' = 'b", ' WHERE "a = 1', " WHERE 'a\x00' = 'b'"),
        *("\tLIMIT 1", "\nLIMIT 1", "\u00a0LIMIT 1", " WHERE caf\u00e9 = 1", " WHERE 0x1F = 1", " WHERE 1_000 = 1"),
        *(" WHERE 1e = 1", " WHERE 1a = 1", " WHERE 1.2.3 = 1", " WHERE 1 --1 = 1", " WHERE 1 <- 1", " WHERE 1 => 1"),
        *(
            " WHERE 1 <=> 1",
            " WHERE 1 -> 1",
            " WHERE 1 // 1 = 1",
            " WHERE 1 ** 1 = 1",
            " WHERE 1 !~ 1",
            " WHERE ~1 = 1",
        ),
        *(" WHERE 1::INT = 1", ' WHERE "a""".b = 1', ' WHERE "" = 1', " WHERE 1 & 1 = 1", " WHERE 1 | 1 = 1"),
        # Names without quotes, words that are none of ours, functions.
        " AS LIMIT 1",
        *(" AS p", " WHERE city = 'x'", " WHERE p.\"name\" = 'x'", " WHERE \"p\".name = 'x'", ' WHERE "a"."b"."c" = 1'),
        *(" WHERE GETENV('HOME') = 'x'", " WHERE \"getenv\"('HOME') = 'x'", " WHERE CURRENT_USER = 'x'", " FOR UPDATE"),
        *(
            " QUALIFY 1 = 1",
            " TABLESAMPLE (1)",
            ' WINDOW "w" AS (ORDER BY 1)',
            ' INTO "x"',
            " PIVOT (1)",
            " FETCH FIRST ROW",
        ),
        # Tables, wherever one can stand.
        *(', "warehouse"', ', "main"."product"', ", 'x.parquet'", ', "range"(1)', ", RANGE(1)", ", UNNEST(1)"),
        *(
            ', ("warehouse")',
            ' JOIN "warehouse" ON TRUE',
            ' AS "p" JOIN (("warehouse")) ON TRUE',
            ' ON TRUE, "warehouse"',
        ),
        *(' AS "p" JOIN (SELECT 1) AS "a" ON (1, 2) = (1, 2), "warehouse"', ' UNION TABLE "warehouse"'),
        *(' UNION FROM "warehouse"', " UNION VALUES (1)", ' WHERE 1 IN (FROM "warehouse")', ' WHERE 1 IN "warehouse"'),
        *(
            " WHERE TRIM(BOTH 'x' FROM 'y' FROM \"warehouse\") = 'a'",
            " WHERE TRIM((SELECT 'x' FROM \"warehouse\")) = 'a'",
        ),
        *(" WHERE TRIM(SELECT 'x' FROM \"warehouse\") = 'a'", ' WHERE EXTRACT(YEAR FROM (FROM "warehouse")) = 1'),
        *(' WHERE 1 IS DISTINCT FROM "warehouse"', " WHERE SUBSTRING('x' FROM 1) = 'x'", ", LATERAL (SELECT 1)"),
        *(
            ' AS "p"("a"), "warehouse"',
            ' LIMIT 1 FROM "warehouse"',
            ' WITH "a" AS (SELECT 1)',
            ")",
            " WHERE (1 = 1",
            "(",
        ),
        *(' UNION WITH "a" AS (SELECT 1) SELECT 1', ' UNION ALL SELECT 1 FROM "a"'),
        ' WHERE EXISTS (WITH "a" AS (SELECT 1) SELECT 1) AND EXISTS (SELECT 1 FROM "a")',
        ' WHERE EXISTS (WITH "a" AS (SELECT 1 FROM "a") SELECT 1)',
        ' WHERE EXISTS (WITH "a" AS (SELECT 1 FROM "b"), "b" AS (SELECT 1) SELECT 1)',
        ' WHERE EXISTS (WITH RECURSIVE "a" AS (SELECT 1) SELECT 1)',
        ' WHERE EXISTS (WITH "a b" AS (SELECT 1) SELECT 1 FROM "a b")',
        ' WHERE EXISTS (WITH "product" AS (SELECT 1) SELECT 1)',
        ' WHERE EXISTS (WITH "WAREHOUSE" AS (SELECT 1) SELECT 1)',
    ],
)
def test_whatever_is_in_doubt_is_refused(ending: str, dialect: str) -> None:
    """Behind a guard that is right, so that only what follows can be the reason."""
    assert is_refused(f"SELECT 1 FROM {GUARD}{ending}", dialect)


@DIALECTS
@pytest.mark.parametrize(
    "word", ["SELECT", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "UNION", "INTERSECT", "EXCEPT"]
)
def test_the_from_of_a_function_comes_before_any_part_of_a_query(word: str, dialect: str) -> None:
    """Otherwise a table could stand behind it."""
    assert not is_refused(f"SELECT 1 FROM {GUARD} WHERE TRIM('x' FROM \"name\") = 'a'", dialect)
    assert is_refused(f"SELECT 1 FROM {GUARD} WHERE TRIM('x' {word} 1 FROM \"name\") = 'a'", dialect)


@DIALECTS
@pytest.mark.parametrize("old", ['"product_id", ', "SELECT", '"product"', " FROM", ", ", '"name"'])
def test_a_guard_is_compared_letter_by_letter(old: str, dialect: str) -> None:
    """Less of it, more of it, other letters or spaces: not the text that the verifier wrote."""
    for new in ("", f"{old}{old}", f" {old}", f"{old} ", old.swapcase(), old.replace('"', "")):
        if new != old and (new or old != " FROM"):  # without FROM it reads no table
            assert is_refused(f'SELECT 1 FROM {GUARD.replace(old, new, 1)} AS "p"', dialect), new


@DIALECTS
def test_size_and_depth_end_in_a_refusal(dialect: str) -> None:
    """However long or deep, without a crash."""
    for statement in (
        *("SELECT " + "(" * 10_000, "(" * 10_000, "SELECT 1 FROM " + "(" * 10_000 + '"a"', "SELECT " + "TRIM(" * 5_000),
        *('WITH "a" AS (' * 5_000, "SELECT '" + "'" * 100_000, 'SELECT "' + '"' * 100_000, "SELECT " + "1 " * 600_000),
        *("SELECT 1" + " FROM (SELECT 1" * 5_000, "SELECT " + "--" * 5_000, "\ud800", "SELECT '\udfff"),
    ):
        assert is_refused(statement, dialect), statement[:20]


def test_an_unknown_dialect_is_refused() -> None:
    """Its rules for texts and names are not known here."""
    assert is_refused("SELECT 1", "mysql")

"""The rewriter's own promises: a certificate, two dialects, and no text that breaks it."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.access.grammar import MAX_SQL_CHARS
from agents.access.principal import Principal
from agents.access.rewrite import rewrite
from agents.access.verify import verify
from agents.errors import ForbiddenError, InvalidError
from agents.supply_chain.policy import CATALOGUE, POLICY

WANDA = Principal(
    subject="wanda",
    tenant="default",
    groups=frozenset({"warehouse_manager"}),
    persona="warehouse_manager",
    attributes={"warehouses": ("WH02", "WH01")},
)
FRAGMENTS = """
    SELECT * FROM product warehouse_product sales_order_header warehouse WITH a AS ( ) , ; . 1 'x' "x" '' WHERE AND OR
    NOT IN EXISTS UNION ALL EXCEPT INTERSECT JOIN LEFT ON USING GROUP BY ORDER LIMIT OFFSET CASE WHEN THEN ELSE END
    COUNT(*) SUM(on_hand) OVER PARTITION INTERVAL CAST :: INTEGER DATE '2026-01-01' - + / % = < > <> || [ ] { } -> ->>
    ? $1 :a @ # -- /* */ \\ ` UNNEST LATERAL PIVOT VALUES COPY ATTACH PRAGMA EXPLAIN NULL TRUE BETWEEN LIKE ILIKE
    ESCAPE DISTINCT HAVING QUALIFY WINDOW RECURSIVE FOR UPDATE TABLESAMPLE FETCH read_parquet('x') main.product LAMBDA
    ² ٣ é 🚚 e'\\n' x'00' U&'d' $$ $$a$$ 1e9 0x1F 1_000 .5 5. IS ISNULL AT TIME ZONE EXTRACT(year FROM SUBSTRING(
""".split()  # noqa: SIM905 - a list of a hundred quoted pieces cannot be read
SQL_LIKE = st.lists(st.sampled_from(FRAGMENTS), max_size=25).map(" ".join)


def checked(sql: str, dialect: str) -> None:
    """Passes when the text is refused in our own words, or rewritten to what the verifier refuses or proves."""
    try:
        safe = rewrite(sql, WANDA, CATALOGUE, POLICY, dialect)
        verify(safe.statement, WANDA, CATALOGUE, POLICY, dialect)
    except (InvalidError, ForbiddenError) as error:
        refusal = str(error)
    else:
        refusal = ""
    assert len(refusal) < 1_000


@settings(max_examples=300)
@given(sql=st.text(max_size=200), dialect=st.sampled_from(["duckdb", "athena"]))
@example(sql="\ud800", dialect="duckdb")
@example(sql="SELECT '\udfff'", dialect="athena")
def test_no_text_breaks_the_rewriter(sql: str, dialect: str) -> None:
    """Any text at all is rewritten or refused with an error of ours."""
    checked(sql, dialect)


@settings(max_examples=300)
@given(
    sql=SQL_LIKE | SQL_LIKE.map(lambda text: f"SELECT {text} FROM product"),
    dialect=st.sampled_from(["duckdb", "athena"]),
)
def test_no_sql_breaks_the_rewriter(sql: str, dialect: str) -> None:
    """Pieces of SQL in any order are rewritten or refused with an error of ours."""
    checked(sql, dialect)


@settings(max_examples=60)
@given(piece=st.sampled_from(FRAGMENTS), times=st.integers(1, 3_000), dialect=st.sampled_from(["duckdb", "athena"]))
def test_no_repetition_breaks_the_rewriter(piece: str, times: int, dialect: str) -> None:
    """The same piece thousands of times does not exhaust the parser."""
    checked(f"SELECT {f'{piece} ' * times}1"[:MAX_SQL_CHARS], dialect)


def test_a_statement_comes_with_its_certificate() -> None:
    """Tables, predicates as sent, and digests of statement and policy say why the statement is safe."""
    safe = rewrite(
        "SELECT * FROM product JOIN Warehouse_Product USING (product_id)", WANDA, CATALOGUE, POLICY, "duckdb"
    )
    assert safe.tables == ("product", "warehouse_product")
    assert safe.predicates == ("product: every row", "warehouse_product: \"warehouse_id\" IN ('WH01', 'WH02')")
    assert safe.policy_digest == POLICY.digest
    assert safe.statement_digest.startswith("sha256:")
    assert (safe.masked, safe.hidden, safe.dialect) == ((), (), "duckdb")


@pytest.mark.parametrize("dialect", ["duckdb", "athena"])
def test_the_same_question_is_the_same_statement(dialect: str) -> None:
    """Rewriting is deterministic, whatever the order of a person's attributes, and adds no comment of the sender's."""
    import dataclasses

    sql = "SELECT /* hint */ on_hand FROM warehouse_product -- end"
    other = dataclasses.replace(WANDA, attributes={"warehouses": ("WH01", "WH02")})
    first, second = (rewrite(sql, who, CATALOGUE, POLICY, dialect) for who in (WANDA, other))
    assert first == second
    assert "hint" not in first.statement
    assert "end" not in first.statement


def test_a_refusal_says_what_may_be_read() -> None:
    """Whoever asks for a closed table is told which are open."""
    with pytest.raises(ForbiddenError) as refused:
        rewrite("SELECT * FROM warehouse", WANDA, CATALOGUE, POLICY, "duckdb")
    assert "product, sales_order_header, sales_order_line, warehouse_product" in refused.value.fix


@pytest.mark.parametrize("dialect", ["duckdb", "athena"])
@pytest.mark.parametrize(
    "sql",
    [
        "WITH tables AS (SELECT * FROM tables) SELECT * FROM tables",
        "WITH a AS (SELECT * FROM b), b AS (SELECT 1 AS n) SELECT * FROM a",
        "WITH a AS (SELECT * FROM b), b AS (SELECT 1 AS n) SELECT * FROM b",
        "SELECT * FROM (WITH a AS (SELECT 1 AS n) SELECT * FROM a) AS x, a",
        "SELECT * FROM (WITH a AS (SELECT 1 AS n) SELECT * FROM a) AS x UNION SELECT * FROM a",
        "WITH a AS (WITH b AS (SELECT 1 AS n) SELECT * FROM b) SELECT * FROM b",
        "SELECT 1 WHERE EXISTS (WITH a AS (SELECT 1 AS n) SELECT 1) AND EXISTS (SELECT 1 FROM a)",
        'WITH k AS (SELECT 1 AS n) SELECT * FROM "\u212a"',
    ],
)
def test_the_rewriter_alone_holds_names_to_their_scope(sql: str, dialect: str) -> None:
    """A name before its definition, in it, or outside its WITH is a table that is not granted."""
    with pytest.raises(ForbiddenError, match="you may not read"):
        rewrite(sql, WANDA, CATALOGUE, POLICY, dialect)


@pytest.mark.parametrize("name", ["data/product.parquet", "a.b", "a b", "é", "\u212aey", "1a", "a" * 129])
def test_with_takes_plain_names_only(name: str) -> None:
    """What could be a path, or folds to lower case in more than one way, is no name for WITH."""
    with pytest.raises(InvalidError, match="not a plain name"):
        rewrite(f'WITH "{name}" AS (SELECT 1 AS n) SELECT n FROM "{name}"', WANDA, CATALOGUE, POLICY, "duckdb")


@pytest.mark.parametrize("dialect", ["duckdb", "athena"])
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT DATE_TRUNC('x'') FROM warehouse --', order_date) FROM sales_order_header",
        "SELECT EXTRACT(secrets FROM order_date) FROM sales_order_header",
        "SELECT CAST(name AS STRUCT(a INTEGER)) FROM product",
        "SELECT CAST(name AS INTEGER[]) FROM product",
        "SELECT CAST(name AS JSON) FROM product",
        "SELECT product_id FROM product LIMIT 1 BY category",
        "FROM product |> SELECT *",
        "SELECT product_id FROM product WHERE name IN category",
        "SELECT * FROM product ASOF JOIN product AS q ON product.name >= q.name",
        "SELECT main.product.name FROM product",
        "SELECT DISTINCT ON (category) category, name FROM product ORDER BY category, name",
        "SELECT FROM product",
        "SELECT",
    ],
)
def test_what_only_the_parser_would_take_is_refused(sql: str, dialect: str) -> None:
    """Text that is written as it is, types that look up names, and forms that lose a part on the way."""
    with pytest.raises(InvalidError):
        rewrite(sql, WANDA, CATALOGUE, POLICY, dialect)


@pytest.mark.parametrize("join", ["SEMI JOIN", "ANTI JOIN"])
def test_a_join_that_only_one_engine_has_is_refused_for_the_other(join: str) -> None:
    """It would be written there as a condition, behind whatever joins follow: other rows."""
    sql = f"SELECT 1 FROM product {join} warehouse_product USING (product_id) CROSS JOIN product AS q"
    assert join in rewrite(sql, WANDA, CATALOGUE, POLICY, "duckdb").statement
    for words in (join, f"LEFT {join}"):
        with pytest.raises(InvalidError, match=r"' is not allowed in a statement\. Use plain SELECT"):
            rewrite(sql.replace(join, words), WANDA, CATALOGUE, POLICY, "athena")


@pytest.mark.parametrize("dialect", ["duckdb", "athena"])
def test_every_name_is_quoted(dialect: str) -> None:
    """So no name can be a word of SQL to the engine, nor a function without brackets."""
    sql = (
        'SELECT name AS offset, p.category AS Straße, 1 AS "a""b" FROM product AS p JOIN product AS left_ USING (name)'
    )
    statement = rewrite(sql, WANDA, CATALOGUE, POLICY, dialect).statement
    assert 'SELECT "name" AS "offset", "p"."category" AS "Straße", 1 AS "a""b" FROM (SELECT' in statement
    assert statement.endswith(') AS "left_" USING ("name") LIMIT 5001')


@pytest.mark.parametrize("piece", ["NOT", "-", "+", "~", "!", "(", "[", "{", "CASE"])
def test_forty_levels_are_the_most(piece: str) -> None:
    """Counted before any parser sees them, what opens and what stands before an operand alike."""
    with pytest.raises(InvalidError, match="nests deeper than 40"):
        rewrite(f"SELECT {f'{piece} ' * 41}1", WANDA, CATALOGUE, POLICY, "duckdb")
    with pytest.raises((InvalidError, ForbiddenError)) as refused:
        rewrite(f"SELECT {f'{piece} ' * 40}1 FROM nowhere", WANDA, CATALOGUE, POLICY, "duckdb")
    assert "deeper" not in str(refused.value)


@pytest.mark.parametrize("pair", ["(1)", "[1]", "{1}", "case 1 end", "not 1", "- 1"])
def test_what_is_closed_again_is_no_level(pair: str) -> None:
    """However often, one behind the other."""
    with pytest.raises((InvalidError, ForbiddenError)) as refused:
        rewrite(f"SELECT {f'{pair}, ' * 60}1 FROM nowhere", WANDA, CATALOGUE, POLICY, "duckdb")
    assert "deeper" not in str(refused.value)


def test_closing_what_was_not_opened_gives_no_credit() -> None:
    """Brackets in texts could be used so."""
    with pytest.raises(InvalidError, match="nests deeper than 40"):
        rewrite(f"SELECT '{')' * 30}', {'(' * 41}1{')' * 41}", WANDA, CATALOGUE, POLICY, "duckdb")


@pytest.mark.parametrize(("ones", "refused"), [(1_998, False), (1_999, True)])
def test_four_thousand_words_and_signs_are_the_most(ones: int, *, refused: bool) -> None:
    """Two for each `1,`, and four around them."""
    with pytest.raises((InvalidError, ForbiddenError)) as error:
        rewrite(f"SELECT {'1,' * ones}1 FROM nowhere", WANDA, CATALOGUE, POLICY, "duckdb")
    assert ("4,000 words and signs" in str(error.value)) is refused


HOSTILE = {
    "characters": "x" * 10_000_000,
    "brackets": "(" * MAX_SQL_CHARS,
    "lists": "[" * MAX_SQL_CHARS,
    "structs": "{" * MAX_SQL_CHARS,
    "sums": "SELECT " + "a+" * 7_900 + "1",
    "long sums": "SELECT " + "a+" * 1_900 + "1",
    "minus": "SELECT " + "- " * 7_900 + "1",
    "not": "SELECT " + "NOT " * 3_900 + "TRUE",
    "case": "SELECT " + "CASE WHEN TRUE THEN " * 700 + "1" + " END" * 400,
    "and": "SELECT 1 WHERE 1=1" + " AND 1=1" * 1_900,
    "lists of values": "SELECT 1 IN (" + ",".join("1" * 7_900) + ")",
    "joins": "SELECT 1 FROM product" + " JOIN product" * 1_200,
    "casts": "SELECT 1" + "::INT" * 1_300,
    "is": "SELECT 1 WHERE TRUE" + " IS NULL" * 1_500,
    "dots": "SELECT a" + ".a" * 7_900,
    "between": "SELECT 1" + " BETWEEN 1 AND 2" * 900,
    "quotes": "'" * (MAX_SQL_CHARS - 1),
    "comments": "/*" * 7_900,
    "selects": "SELECT " * 2_200,
    "unions": "SELECT 1 UNION (" * 900,
    "intervals": "SELECT " + "INTERVAL " * 1_700,
}


@pytest.mark.parametrize("dialect", ["duckdb", "athena"])
@pytest.mark.parametrize("kind", HOSTILE)
def test_size_and_depth_are_refused_within_a_tenth_of_a_second(kind: str, dialect: str) -> None:
    """In time of the processor, the best of three: what else the machine does is no part of it."""
    took = []
    for _ in range(3):
        started = time.process_time()
        with pytest.raises((InvalidError, ForbiddenError)):
            rewrite(HOSTILE[kind], WANDA, CATALOGUE, POLICY, dialect)
        took.append(time.process_time() - started)
    assert min(took) < 0.1

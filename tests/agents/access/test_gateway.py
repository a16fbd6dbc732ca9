"""What comes through the gateway, compared with a database that holds nothing but the permitted rows."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.access.attributes import ATTRIBUTE_TABLES, TableAttributes
from agents.access.gateway import SqlGateway
from agents.access.grammar import MAX_ROWS
from agents.access.policy import EveryRow, Grants, Policy, TableGrant
from agents.access.ports import Rows
from agents.deadline import Deadline
from agents.errors import DeadlineError, ForbiddenError, InvalidError, UnavailableError
from agents.supply_chain.policy import CATALOGUE, POLICY

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from agents.access.ports import Engine
    from agents.access.principal import Caller
    from agents.adapters.duckdb import DuckDbEngine
    from tests.agents.conftest import Remembered

    Databases = dict[str, duckdb.DuckDBPyConnection]
    Plain = Callable[[object], list[tuple[object, ...]]]

COMMON = (
    "SELECT * FROM product",
    "select PRODUCT_ID, Name from PRODUCT order by 1 limit 7",
    'SELECT "product_id", "Category" FROM "product" WHERE "unit_cost" > 20.50 ORDER BY 1',
    "SELECT p.\"unit_cost\", P.list_price FROM \"Product\" AS P WHERE p.product_id IN ('P0001', 'P0002')",
    "SELECT warehouse_id, COUNT(*) AS n, SUM(on_hand) AS units, AVG(on_hand) AS mean FROM warehouse_product GROUP BY 1",
    "SELECT COUNT(*) FROM warehouse_product",
    "SELECT DISTINCT warehouse_id FROM warehouse_product",
    (
        "SELECT p.category, SUM(s.on_hand * p.unit_cost) FROM warehouse_product s JOIN product p USING (product_id)"
        " GROUP BY p.category HAVING SUM(s.on_hand) > 10"
    ),
    (
        "SELECT p.product_id, s.on_hand FROM product p LEFT JOIN warehouse_product s"
        " ON s.product_id = p.product_id AND s.warehouse_id = 'WH03' WHERE p.product_id < 'P0100'"
    ),
    (
        "SELECT s.warehouse_id FROM product p RIGHT JOIN warehouse_product s ON p.product_id = s.product_id"
        " WHERE s.on_hand = 0"
    ),
    (
        "SELECT COUNT(*) FROM warehouse_product a, warehouse_product b"
        " WHERE a.product_id = b.product_id AND a.warehouse_id < b.warehouse_id"
    ),
    (
        "SELECT a.warehouse_id, b.warehouse_id, COUNT(*) FROM warehouse_product a CROSS JOIN warehouse_product b"
        " WHERE a.product_id = b.product_id AND a.on_hand = b.on_hand GROUP BY 1, 2"
    ),
    (
        "WITH low AS (SELECT * FROM warehouse_product WHERE on_hand <= reorder_point)"
        " SELECT l.warehouse_id, COUNT(*) FROM low AS l GROUP BY l.warehouse_id"
    ),
    (
        "WITH a AS (SELECT product_id, on_hand FROM warehouse_product), b AS (SELECT product_id, MAX(on_hand) AS most"
        " FROM a GROUP BY product_id) SELECT b.product_id, b.most FROM b JOIN a ON a.product_id = b.product_id"
        " AND a.on_hand = b.most WHERE b.most > 100"
    ),
    'WITH A AS (SELECT 1 AS x) SELECT x FROM a UNION ALL SELECT x + 1 FROM "A"',
    (
        "WITH a AS (WITH a AS (SELECT warehouse_id FROM warehouse_product) SELECT DISTINCT warehouse_id FROM a)"
        " SELECT * FROM a"
    ),
    "SELECT * FROM (WITH c AS (SELECT category FROM product) SELECT category, COUNT(*) AS n FROM c GROUP BY 1) AS t",
    (
        "SELECT warehouse_id FROM warehouse_product WHERE on_hand > 200 UNION SELECT product_id FROM product"
        " WHERE unit_cost > 150"
    ),
    "SELECT product_id FROM product EXCEPT SELECT product_id FROM warehouse_product WHERE on_hand > 20",
    "SELECT product_id FROM product INTERSECT SELECT product_id FROM warehouse_product WHERE on_hand = 0",
    "SELECT product_id FROM product WHERE product_id IN (SELECT product_id FROM warehouse_product WHERE on_hand = 1)",
    (
        "SELECT product_id FROM product p WHERE EXISTS (SELECT 1 FROM warehouse_product s WHERE s.product_id ="
        " p.product_id AND s.on_hand > 250)"
    ),
    (
        "SELECT product_id FROM product p WHERE NOT EXISTS (SELECT 1 FROM warehouse_product s WHERE s.product_id ="
        " p.product_id AND s.on_hand > 3)"
    ),
    "SELECT (SELECT COUNT(*) FROM warehouse_product) AS stock, (SELECT MAX(list_price) FROM product) AS dearest",
    (
        "SELECT p.product_id, (SELECT SUM(on_hand) FROM warehouse_product s WHERE s.product_id = p.product_id) AS units"
        " FROM product p WHERE p.category = 'pumps'"
    ),
    "SELECT COUNT(*) FROM warehouse_product WHERE 1 = 1 OR warehouse_id = 'WH05'",
    "SELECT DISTINCT warehouse_id FROM warehouse_product WHERE warehouse_id NOT IN ('WH01') OR TRUE",
    "SELECT CASE WHEN on_hand = 0 THEN 'none' ELSE 'some' END AS state, COUNT(*) FROM warehouse_product GROUP BY 1",
    (
        "SELECT warehouse_id, product_id FROM (SELECT warehouse_id, product_id, ROW_NUMBER() OVER (PARTITION BY"
        " warehouse_id ORDER BY on_hand DESC, product_id) AS place FROM warehouse_product) AS t WHERE place <= 3"
    ),
    "SELECT UPPER(category) AS c, ROUND(AVG(unit_cost), 2) FROM product GROUP BY UPPER(category) ORDER BY c",
    "SELECT product_id AS warehouse_product, name AS sales_order_header FROM product LIMIT 5000",
    "SELECT sales_order_header.product_id FROM product AS sales_order_header WHERE unit_cost < 2",
    "SELECT x.product_id FROM (product) AS x WHERE x.unit_cost < 2",
    "SELECT p.product_id -- the key\nFROM product p /* all */ WHERE p.unit_cost > 100 -- ; DROP TABLE product",
    "SELECT * FROM product WHERE name = 'x''; SELECT * FROM warehouse; --'",
    "SELECT 1",
    "SELECT COUNT(*) FROM product WHERE FALSE",
)
SALES = (
    "SELECT warehouse_id, territory_id, COUNT(*) FROM sales_order_header GROUP BY 1, 2",
    "SELECT COUNT(*), SUM(quantity), MIN(sales_order_id), MAX(sales_order_id) FROM sales_order_line",
    (
        "SELECT SUM(l.quantity * l.unit_price) AS revenue FROM sales_order_header h JOIN sales_order_line l"
        " ON l.sales_order_id = h.sales_order_id WHERE h.order_date >= DATE '2026-06-01'"
    ),
    (
        "SELECT DATE_TRUNC('month', h.order_date) AS month, SUM(l.quantity) FROM sales_order_header h"
        " JOIN sales_order_line l USING (sales_order_id) GROUP BY 1 ORDER BY 1"
    ),
    "SELECT 1 FROM sales_order_line WHERE sales_order_id NOT IN (SELECT sales_order_id FROM sales_order_header)",
    (
        "SELECT COUNT(*) FROM sales_order_line l LEFT JOIN sales_order_header h ON h.sales_order_id = l.sales_order_id"
        " WHERE h.sales_order_id IS NULL"
    ),
    "SELECT order_date, warehouse_id FROM sales_order_header WHERE status = 'open' ORDER BY 1, 2 LIMIT 20 OFFSET 5",
    "SELECT EXTRACT(year FROM order_date) AS y, COUNT(DISTINCT warehouse_id) FROM sales_order_header GROUP BY 1",
    (
        'WITH "Recent" AS (SELECT * FROM "SALES_ORDER_HEADER" WHERE order_date > DATE \'2026-06-20\')'
        " SELECT r.warehouse_id, COUNT(*) FROM recent r JOIN sales_order_line l ON l.sales_order_id = r.sales_order_id"
        " GROUP BY r.warehouse_id"
    ),
    (
        "SELECT h.warehouse_id, s.warehouse_id, COUNT(*) FROM sales_order_header h FULL JOIN warehouse_product s"
        " ON h.warehouse_id = s.warehouse_id AND s.product_id = 'P0001' GROUP BY 1, 2"
    ),
)
PURCHASES = (
    "SELECT status, COUNT(*) FROM purchase_order_header GROUP BY status",
    (
        "SELECT h.supplier, SUM(l.quantity * l.unit_cost) FROM purchase_order_header h JOIN purchase_order_line l"
        " ON l.purchase_order_id = h.purchase_order_id GROUP BY h.supplier ORDER BY 2 DESC LIMIT 5"
    ),
    "SELECT warehouse_id, MIN(due_date) FROM purchase_order_header WHERE status = 'open' GROUP BY warehouse_id",
)
LEGAL = [
    (persona, query)
    for persona, own in (
        ("warehouse_manager", SALES),
        ("field_engineer", SALES),
        ("procurement_specialist", PURCHASES),
    )
    for query in (*COMMON, *own)
]


class Responsible:
    """An engine that says which warehouses a person has, and nothing else."""

    dialect = "duckdb"

    def __init__(self, warehouses: list[str]) -> None:
        self.warehouses = warehouses

    def data_version(self) -> str | None:
        return None

    def execute(self, statement: str, *, max_rows: int, deadline: Deadline) -> Rows:
        if "user_warehouse" in statement:
            return Rows(("attribute", "value"), tuple(("warehouses", name) for name in self.warehouses))
        return Rows(("n",), ((0,),))


def own_gateway(engine: Engine, decisions: Remembered) -> SqlGateway:
    """One that knows nobody yet, and records into a test's own list."""
    attributes = TableAttributes(engine, clock=time.monotonic)
    return SqlGateway(engine, attributes, catalogue=CATALOGUE, policy=lambda: POLICY, decisions=decisions)


def ask(gateway: SqlGateway, statement: str, caller: Caller) -> Rows:
    return gateway.query(statement, caller, deadline=Deadline.after(20))


@pytest.mark.parametrize(("persona", "query"), LEGAL)
def test_a_query_sees_the_permitted_rows_and_no_others(
    gateway: SqlGateway, callers: dict[str, Caller], permitted: Databases, plain: Plain, persona: str, query: str
) -> None:
    """Every legal query gives what it would give if the other rows did not exist."""
    found = ask(gateway, query, callers[persona])
    cursor = permitted[persona].execute(query)
    assert [column.lower() for column in found.columns] == [column[0].lower() for column in cursor.description]
    assert not found.truncated
    assert plain(found.rows) == plain(cursor.fetchall())


def test_a_person_without_attributes_sees_no_rows(gateway: SqlGateway, callers: dict[str, Caller]) -> None:
    """A manager who is responsible for nothing sees the products, and no stock or sales."""
    caller = callers["warehouse_manager"]
    nobody = dataclasses.replace(caller, principal=dataclasses.replace(caller.principal, subject="nobody"))
    tables = ("product", "warehouse_product", "sales_order_header", "sales_order_line")
    counts = [ask(gateway, f"SELECT COUNT(*) FROM {table}", nobody).rows[0][0] for table in tables]
    assert counts == [2_000, 0, 0, 0]


def test_attributes_of_a_caller_come_from_the_tables(gateway: SqlGateway, callers: dict[str, Caller]) -> None:
    """What a request claims about its warehouses is overwritten by what the server's tables say."""
    caller = callers["warehouse_manager"]
    claimed = dataclasses.replace(caller.principal, attributes={"warehouses": ("WH01", "WH02", "WH05")})
    rows = ask(
        gateway, "SELECT DISTINCT warehouse_id FROM warehouse_product", dataclasses.replace(caller, principal=claimed)
    )
    assert sorted(rows.rows) == [("WH01",), ("WH02",)]


def test_a_caller_without_a_persona_reads_nothing(gateway: SqlGateway, callers: dict[str, Caller]) -> None:
    """No persona, no table."""
    caller = callers["warehouse_manager"]
    nothing = dataclasses.replace(caller, principal=dataclasses.replace(caller.principal, persona=None))
    with pytest.raises(ForbiddenError):
        ask(gateway, "SELECT * FROM product", nothing)


def test_a_result_is_capped_and_says_so(gateway: SqlGateway, callers: dict[str, Caller]) -> None:
    """More rows than the cap are cut to it and marked, whatever LIMIT was asked for."""
    for limit in ("", " LIMIT 5001", " LIMIT 999999999"):
        rows = ask(gateway, f"SELECT sales_order_id FROM sales_order_header{limit}", callers["warehouse_manager"])
        assert (len(rows.rows), rows.truncated) == (MAX_ROWS, True)
    rows = ask(gateway, "SELECT sales_order_id FROM sales_order_header LIMIT 5000", callers["warehouse_manager"])
    assert (len(rows.rows), rows.truncated) == (MAX_ROWS, False)


def test_no_query_starts_after_the_deadline(gateway: SqlGateway, callers: dict[str, Caller]) -> None:
    """When the time is up there is no answer, and no work."""
    with pytest.raises(DeadlineError):
        gateway.query("SELECT 1", callers["warehouse_manager"], deadline=Deadline(0.0, lambda: 1.0))


def test_the_record_of_a_query_proves_what_was_sent(
    engine: DuckDbEngine, callers: dict[str, Caller], decisions: Remembered
) -> None:
    """Who, by which rule, and a certificate: tables, rows, policy and statement, whose digests can be made again."""
    asked = "SELECT COUNT(*) FROM warehouse_product s JOIN product p USING (product_id) WHERE p.name = 'hush'"
    ask(own_gateway(engine, decisions), asked, callers["warehouse_manager"])
    (decision,) = decisions.decisions
    assert (decision.action, decision.resource) == ("ask:query", "table/product+warehouse_product")
    assert (decision.allowed, decision.rule) == (True, "persona warehouse_manager")
    assert (decision.subject, decision.tenant, decision.persona) == ("wanda", "default", "warehouse_manager")
    detail = dict(decision.detail)
    assert str(detail.pop("statement")).startswith("sha256:")
    assert str(detail.pop("rows_digest")).startswith("sha256:")
    product, stock = cast("list[str]", detail.pop("rows"))
    assert product == "product: every row"
    assert "WH01" in stock
    assert "WH02" in stock
    assert detail == {
        "tables": ["product", "warehouse_product"],
        "masked": [],
        "policy": POLICY.digest,
        "dialect": "duckdb",
        "cached": False,
    }
    assert "hush" not in str(decision), "what a person wrote is not for the record"


def test_the_statements_digest_is_of_what_the_engine_was_sent(
    engine: DuckDbEngine, callers: dict[str, Caller], decisions: Remembered
) -> None:
    """Whoever has the engine's own history of statements can find the decision of each."""
    sent = []

    class Listening:
        dialect = engine.dialect

        def data_version(self) -> str | None:
            return None

        def execute(self, statement: str, *, max_rows: int, deadline: Deadline) -> Rows:
            sent.append((statement, len(decisions.decisions)))
            return engine.execute(statement, max_rows=max_rows, deadline=deadline)

    ask(own_gateway(Listening(), decisions), "SELECT COUNT(*) FROM product", callers["field_engineer"])
    statement, decided = sent[-1]
    assert decided == 1, "it was decided before it ran"
    digest = "sha256:" + hashlib.sha256(statement.encode()).hexdigest()
    assert decisions.decisions[0].detail["statement"] == digest


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("SELECT hush FROM user_warehouse", "forbidden"),
        ("SELECT hush FROM information_schema.tables", "invalid"),
        ("SELECT * FROM hush", "forbidden"),
        ("DROP TABLE hush", "invalid"),
        ("hush", "invalid"),
        ("", "invalid"),
        ("SELECT '" + "hush" * 10_000 + "'", "invalid"),
        ("SELECT \ud800", "invalid"),
    ],
)
def test_a_refusal_is_recorded_without_what_was_asked(
    engine: DuckDbEngine, callers: dict[str, Caller], decisions: Remembered, statement: str, code: str
) -> None:
    """By whom and with which code; of the statement there is a digest, which tells that one was sent again."""
    with pytest.raises((ForbiddenError, InvalidError)):
        ask(own_gateway(engine, decisions), statement, callers["field_engineer"])
    (decision,) = decisions.decisions
    assert (decision.allowed, decision.rule, decision.resource) == (False, code, "query")
    assert (decision.action, decision.subject) == ("ask:query", "felix")
    assert decision.detail.keys() == {"asked", "policy", "dialect"}
    assert "hush" not in str(decision)
    assert len(str(decision)) < 1_000


def test_a_long_condition_is_cut_in_the_record(callers: dict[str, Caller], decisions: Remembered) -> None:
    """A person of five hundred warehouses has a record like any other; the digest is over all of the condition."""
    engine = Responsible([f"WH{n:05}" for n in range(500)])
    gateway = own_gateway(engine, decisions)
    ask(gateway, "SELECT COUNT(*) FROM warehouse_product", callers["warehouse_manager"])
    engine.warehouses.append("WH99999")
    ask(own_gateway(engine, decisions), "SELECT COUNT(*) FROM warehouse_product", callers["warehouse_manager"])
    one, two = (decision.detail for decision in decisions.decisions)
    assert one["rows"] == two["rows"]
    assert one["rows_digest"] != two["rows_digest"]
    assert len(str(one)) < 1_000


@pytest.mark.parametrize("table", sorted(ATTRIBUTE_TABLES))
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM {table}",
        'SELECT * FROM "{table}"',
        "SELECT * FROM {upper} AS t",
        "SELECT * FROM main.{table}",
        "SELECT COUNT(*) FROM product p, {table} u",
        "SELECT (SELECT MAX(user_id) FROM {table}) AS x FROM product",
        "SELECT * FROM product WHERE name IN (SELECT user_id FROM {table})",
        "SELECT name FROM product UNION ALL SELECT user_id FROM {table}",
        "WITH x AS (SELECT * FROM {table}) SELECT * FROM x",
        "WITH {table} AS (SELECT 1 AS user_id) SELECT * FROM {table}",
        "SELECT * FROM product ORDER BY (SELECT COUNT(*) FROM {table})",
    ],
)
def test_who_is_responsible_for_what_cannot_be_asked(
    engine: DuckDbEngine, callers: dict[str, Caller], decisions: Remembered, table: str, statement: str
) -> None:
    """Not even under a policy that grants these tables: no statement of a person that names one reaches the engine."""
    everything = Grants(
        agents=frozenset(), tools=frozenset(), tables={name: TableGrant(rows=EveryRow()) for name in CATALOGUE}
    )
    gateway = SqlGateway(
        engine,
        TableAttributes(engine, clock=time.monotonic),
        catalogue=CATALOGUE,
        policy=lambda: Policy({"warehouse_manager": everything}),
        decisions=decisions,
    )
    with pytest.raises((ForbiddenError, InvalidError)):
        ask(gateway, statement.format(table=table, upper=table.upper()), callers["warehouse_manager"])
    assert [decision.allowed for decision in decisions.decisions] == [False]


@pytest.mark.parametrize(
    "changed", [{"persona": None}, {"persona": "king"}, {"scopes": frozenset()}, {"scopes": frozenset({"config"})}]
)
@pytest.mark.parametrize("statement", ["SELECT 1", "SELECT * FROM product", "not sql"])
def test_whoever_may_not_ask_learns_nothing(
    engine: DuckDbEngine,
    callers: dict[str, Caller],
    decisions: Remembered,
    changed: dict[str, Any],
    statement: str,
) -> None:
    """Without a persona of the policy, or with a machine's key that is for something else, there is no table."""
    caller = callers["field_engineer"]
    caller = dataclasses.replace(caller, principal=dataclasses.replace(caller.principal, **changed))
    try:
        ask(own_gateway(engine, decisions), statement, caller)
    except (ForbiddenError, InvalidError) as error:
        theirs = {table for table in CATALOGUE if table in statement}
        assert {table for table in CATALOGUE if table in str(error)} <= theirs  # noqa: PT017 - an answer is right too, see below
    else:
        assert (statement, changed.get("persona")) == ("SELECT 1", "king"), "which reads no data"
    assert len(decisions.decisions) == 1


@pytest.mark.parametrize(
    "expression",
    [
        "repeat(name, 1000000000)",
        "lpad(name, 1000000000, 'x')",
        "rpad(name, 1000000000, 'x')",
        "list(name)",
        "array_agg(name)",
        "range(1000000000)",
        "generate_series(1, 1000000000)",
        "regexp_replace(name, '(a+)+$', 'x')",
        "printf('%1000000000s', name)",
        "format('{:>1000000000}', name)",
    ],
)
def test_no_function_makes_much_of_little(gateway: SqlGateway, callers: dict[str, Caller], expression: str) -> None:
    """The laptop's engine does not count what some of them take, so that its memory limit would not hold."""
    with pytest.raises(InvalidError):
        ask(gateway, f"SELECT {expression} AS x FROM product", callers["field_engineer"])


def test_a_policy_that_cannot_be_read_opens_nothing(
    engine: DuckDbEngine, callers: dict[str, Caller], decisions: Remembered
) -> None:
    """There is no decision without a policy."""

    def away() -> Policy:
        raise UnavailableError("no policy was ever read")

    attributes = TableAttributes(engine, clock=time.monotonic)
    gateway = SqlGateway(engine, attributes, catalogue=CATALOGUE, policy=away, decisions=decisions)
    with pytest.raises(UnavailableError):
        ask(gateway, "SELECT 1", callers["field_engineer"])


@pytest.mark.parametrize("statement", ["EXPLAIN SELECT 'hush'", "UNLOAD (SELECT 'hush') TO 'x'", "SELECT 'hush' FROM"])
def test_a_refused_statement_is_not_logged(
    gateway: SqlGateway, callers: dict[str, Caller], caplog: pytest.LogCaptureFixture, statement: str
) -> None:
    """Nor does the parser's own warning repeat what somebody sent."""
    with caplog.at_level("DEBUG"), pytest.raises(InvalidError):
        ask(gateway, statement, callers["field_engineer"])
    assert "hush" not in caplog.text


# Names that a WITH may take or a FROM may name: granted, not granted, the engine's own, and plain ones.
NAMES = ("product", "sales_order_header", "warehouse", "duckdb_views", "sqlite_master", "pg_tables", "a", "B", "b")


@settings(max_examples=300)
@example(outer="a", body="product", inner="duckdb_views", inside="product", after="duckdb_views")
@example(outer="duckdb_views", body="duckdb_views", inner="a", inside="product", after="duckdb_views")
@example(outer="a", body="b", inner="b", inside="product", after="a")
@given(**{place: st.sampled_from(NAMES) for place in ("outer", "body", "inner", "inside", "after")})
def test_a_name_never_escapes_its_scope(
    gateway: SqlGateway, callers: dict[str, Caller], permitted: Databases, plain: Plain, **names: str
) -> None:
    """Wherever WITH defines a name, using it elsewhere does not reach a table, view or file of that name."""
    query = (
        "WITH {outer} AS (SELECT COUNT(*) AS n FROM {body}) SELECT * FROM"
        " (WITH {inner} AS (SELECT COUNT(*) AS n FROM {inside}) SELECT n FROM {inner}) AS x, {after} AS y"
    ).format(**names)
    try:
        found = ask(gateway, query, callers["procurement_specialist"])
    except (InvalidError, ForbiddenError, UnavailableError):
        return
    assert plain(found.rows) == plain(permitted["procurement_specialist"].execute(query).fetchall())

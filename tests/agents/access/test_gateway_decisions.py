"""What the gateway decides, and what it writes down of it before a statement runs."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from typing import TYPE_CHECKING, Any, cast

import pytest

from agents.access.attributes import ATTRIBUTE_TABLES, TableAttributes
from agents.access.gateway import SqlGateway
from agents.access.policy import EveryRow, Grants, Policy, TableGrant
from agents.access.ports import Rows
from agents.deadline import Deadline
from agents.errors import ForbiddenError, InvalidError, UnavailableError
from agents.supply_chain.policy import CATALOGUE, POLICY

if TYPE_CHECKING:
    from agents.access.ports import Engine
    from agents.access.principal import Caller
    from agents.adapters.duckdb import DuckDbEngine
    from tests.agents.conftest import Remembered


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
        "hidden": [],
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

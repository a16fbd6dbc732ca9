"""Why somebody may do something: what the explanation says is what the gateway does."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from agents.access.explain import Access, as_persona
from agents.access.policy import AllOf, EveryRow, Grants, OneOf, Own, Policy, TableGrant
from agents.access.principal import Principal
from agents.access.row_words import predicate_of, words_of
from agents.contract import PERSONAS, ROLES
from agents.deadline import Deadline
from agents.errors import ForbiddenError, InvalidError, NotFoundError, UnavailableError
from agents.supply_chain import AGENTS
from agents.supply_chain.policy import CATALOGUE, POLICY

if TYPE_CHECKING:
    from agents.access.gateway import SqlGateway
    from agents.access.principal import Caller

MANAGER, ENGINEER, BUYER = PERSONAS
TOOLS = {
    "query_data": set(PERSONAS),
    "stockout_risk": {MANAGER, ENGINEER},
    "reorder_candidates": set(PERSONAS),
    "late_purchase_orders": {BUYER},
}
# By hand, from the design: what each persona may read, and that nobody may read more.
READS = {
    MANAGER: {"product", "warehouse_product", "sales_order_header", "sales_order_line"},
    ENGINEER: {"product", "warehouse_product", "sales_order_header", "sales_order_line"},
    BUYER: {"product", "warehouse_product", "purchase_order_header", "purchase_order_line"},
}


def access(policy: Policy = POLICY) -> Access:
    return Access(lambda: policy, CATALOGUE, AGENTS, TOOLS)


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("table", sorted(CATALOGUE))
def test_a_table_is_explained_as_the_gateway_decides(
    gateway: SqlGateway, callers: dict[str, Caller], persona: str, table: str
) -> None:
    """Allowed exactly where a query is answered; else it is denied by default, with nothing to say of rows."""
    found = access().explain(as_persona(persona), table=table)
    assert found.allowed == (table in READS[persona])
    try:
        rows = gateway.query(f"SELECT * FROM {table} LIMIT 1", callers[persona], deadline=Deadline.after(9))
    except ForbiddenError:
        assert not found.allowed
        assert (found.rule, found.rows, found.columns) == ("default deny", "", ())
    else:
        assert found.rule == f"access/policy /personas/{persona}/tables/{table}"
        assert set(found.columns) == set(rows.columns)


def test_rows_are_said_in_words_and_as_a_condition() -> None:
    """With the attribute that its parameter is, and the values where they are known."""
    found = access().explain(as_persona(ENGINEER), table="sales_order_line")
    assert found.rows == (
        "where sales_order_id is the sales_order_id of a row of sales_order_header"
        " where territory_id is one of the person's own territories"
    )
    assert found.predicate == (
        "sales_order_id IN (SELECT sales_order_id FROM sales_order_header WHERE territory_id IN (:territories))"
    )
    assert found.parameters == {"territories": None}
    felix = dataclasses.replace(as_persona(ENGINEER), attributes={"territories": ("T1", "T3")})
    assert access().explain(felix, table="sales_order_line").parameters == {"territories": ("T1", "T3")}


def test_every_kind_of_filter_has_words() -> None:
    """Conditions that must all hold are joined, and a quote in a value stays a value."""
    both = AllOf((Own("warehouse_id", "warehouses"), OneOf("status", ("open", "it's"))))
    assert words_of(EveryRow()) == "every row"
    assert predicate_of(EveryRow()) == ("TRUE", ())
    assert words_of(both) == (
        "where warehouse_id is one of the person's own warehouses and status is one of 'open', \"it's\""
    )
    assert predicate_of(both) == ("warehouse_id IN (:warehouses) AND status IN ('open', 'it''s')", ("warehouses",))


def test_columns_and_masks_are_explained() -> None:
    """A column that is granted, one that is masked, one that is not granted, one that there is not."""
    grant = TableGrant(rows=EveryRow(), columns=("product_id", "unit_cost"), masks={"unit_cost": "null"})
    narrow = access(Policy({BUYER: Grants(agents=frozenset(), tools=frozenset(), tables={"product": grant})}))
    buyer = as_persona(BUYER)
    whole = narrow.explain(buyer, table="product")
    assert (whole.columns, whole.masks) == (("product_id", "unit_cost"), {"unit_cost": "null"})
    masked = narrow.explain(buyer, table="product", column="unit_cost")
    assert (masked.allowed, masked.resource, masked.masks) == (True, "column/product.unit_cost", {"unit_cost": "null"})
    assert narrow.explain(buyer, table="product", column="product_id").masks == {}
    hidden = narrow.explain(buyer, table="product", column="list_price")
    assert (hidden.allowed, hidden.rule, hidden.columns) == (False, "default deny", ())
    with pytest.raises(NotFoundError, match="no column in product 'price'"):
        narrow.explain(buyer, table="product", column="price")


def test_a_tool_needs_its_author_and_the_policy() -> None:
    """A grant of a tool that was not made for the persona gives nothing, as in a turn."""
    manager, wide = (
        as_persona(MANAGER),
        Policy({MANAGER: Grants(agents=frozenset(), tools=frozenset(TOOLS), tables={})}),
    )
    assert access().explain(manager, tool="stockout_risk").allowed
    assert not access().explain(manager, tool="late_purchase_orders").allowed
    assert not access(wide).explain(manager, tool="late_purchase_orders").allowed
    assert access().explain(manager, agent="sql").rule == f"access/policy /personas/{MANAGER}/agents"
    assert not access(wide).explain(manager, agent="sql").allowed


def test_the_scopes_of_a_machine_count() -> None:
    """A key that is not for asking reads no table."""
    key = dataclasses.replace(as_persona(MANAGER), scopes=frozenset({"config"}))
    assert not access().explain(key, table="product").allowed
    assert access().explain(dataclasses.replace(key, scopes=frozenset({"ask"})), table="product").allowed


def test_who_has_no_persona_may_read_nothing() -> None:
    """A role is for running the agents, not for the data."""
    admin = Principal(
        subject="anna", tenant="", groups=frozenset({"access-admin"}), persona=None, roles=frozenset({"access-admin"})
    )
    found = access().of(admin)
    assert not any(one.allowed for one in found)
    assert {one.who for one in found} == {"no persona"}


@pytest.mark.parametrize(
    ("named", "error"),
    [
        ({}, InvalidError),
        ({"table": "product", "tool": "query_data"}, InvalidError),
        ({"column": "name"}, InvalidError),
        ({"agent": "sql", "column": "name"}, InvalidError),
        ({"table": "orders"}, NotFoundError),
        ({"table": ""}, NotFoundError),
        ({"tool": "rm_rf"}, NotFoundError),
        ({"agent": "pricing"}, NotFoundError),
    ],
)
def test_what_cannot_be_explained_is_told(named: dict[str, str], error: type[Exception]) -> None:
    """An administrator who mistypes a name must not read it as a denial."""
    with pytest.raises(error):
        access().explain(as_persona(MANAGER), **named)
    with pytest.raises(NotFoundError, match="no persona 'king'"):
        as_persona("king")


def test_the_matrix_holds_every_combination_once() -> None:
    """Each persona with each agent, tool and table; each role with each action and kind; allowed or not."""
    rows = access().matrix()
    cells = {(row.who, row.action, row.resource) for row in rows}
    assert len(cells) == len(rows)
    assert {row.who for row in rows} == {f"persona {one}" for one in PERSONAS} | {f"role {one}" for one in ROLES}
    things = len(AGENTS) + len(TOOLS) + len(CATALOGUE)
    assert sum(row.who.startswith("persona") for row in rows) == len(PERSONAS) * things
    allowed = {
        (row.who.removeprefix("persona "), row.resource.removeprefix("table/"))
        for row in rows
        if row.allowed and row.action == "ask:query"
    }
    assert allowed == {(persona, table) for persona, tables in READS.items() for table in tables}
    assert all((row.rule == "default deny") != row.allowed for row in rows)
    said = [row.as_json() for row in rows]
    assert json.loads(json.dumps(said)) == said


def test_only_access_admins_change_access() -> None:
    """The matrix says so: of all roles one may write documents of the kind `access`, and nothing else."""
    rows = access().matrix()
    writers = {(row.who, row.resource) for row in rows if row.action == "config:write" and row.allowed}
    assert writers == {
        ("role access-admin", "access/*"),
        ("role operator", "agent/*"),
        ("role operator-lead", "agent/*"),
    }


def test_the_policy_in_force_is_the_one_that_is_explained() -> None:
    """At the moment of the question; without one there is nothing to explain."""
    policies = [POLICY, Policy({})]
    changing = Access(lambda: policies.pop(0), CATALOGUE, AGENTS, TOOLS)
    manager = as_persona(MANAGER)
    assert [changing.explain(manager, agent="sql").allowed for _ in range(2)] == [True, False]

    def away() -> Policy:
        raise UnavailableError("no policy was ever read")

    with pytest.raises(UnavailableError):
        Access(away, CATALOGUE, AGENTS, TOOLS).matrix()


def test_an_answer_tells_of_one_policy() -> None:
    """Its digest is that of its rows, however often it asks and whatever is published meanwhile."""
    policies = [POLICY, *[Policy({})] * 9]
    in_force, digest = Access(lambda: policies.pop(0), CATALOGUE, AGENTS, TOOLS).in_force()
    manager = as_persona(MANAGER)
    assert digest == POLICY.digest
    assert all(in_force.explain(manager, agent="sql").allowed for _ in range(3))
    assert in_force.matrix() == access().matrix()
    assert len(policies) == 9

"""What was prepared once is found again, for the same question of the same person under the same policy only."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest

from agents.access import prepared
from agents.access.policy import Grants, Policy
from agents.access.prepared import Preparer
from agents.access.principal import Principal
from agents.access.rewrite import rewrite
from agents.errors import ForbiddenError, InvalidError
from agents.supply_chain.policy import CATALOGUE, POLICY

WANDA = Principal(
    subject="wanda",
    tenant="default",
    groups=frozenset({"warehouse_manager"}),
    persona="warehouse_manager",
    attributes={"warehouses": ("WH01", "WH02"), "territories": ()},
)
STOCK = "SELECT SUM(on_hand) FROM warehouse_product"


def test_a_statement_is_made_once() -> None:
    """The same text of the same person is the same object; somebody else with the same rights shares it."""
    preparer = Preparer(CATALOGUE, "duckdb")
    first = preparer.prepare(STOCK, WANDA, POLICY)
    assert first == rewrite(STOCK, WANDA, CATALOGUE, POLICY, "duckdb")
    assert preparer.prepare(STOCK, WANDA, POLICY) is first
    assert preparer.prepare(STOCK, dataclasses.replace(WANDA, subject="will"), POLICY) is first


def test_whatever_a_statement_depends_on_makes_another() -> None:
    """Attributes, persona, policy, text: a change of one is never answered with what was made before it."""
    preparer = Preparer(CATALOGUE, "duckdb")
    first = preparer.prepare(STOCK, WANDA, POLICY)
    fewer = preparer.prepare(STOCK, dataclasses.replace(WANDA, attributes={"warehouses": ("WH01",)}), POLICY)
    assert "WH02" in first.statement
    assert "WH02" not in fewer.statement
    none = preparer.prepare(STOCK, dataclasses.replace(WANDA, attributes={}), POLICY)
    assert "WHERE FALSE" in none.statement
    buyer = preparer.prepare(STOCK, dataclasses.replace(WANDA, persona="procurement_specialist"), POLICY)
    assert buyer.predicates == ("warehouse_product: every row",)
    with pytest.raises(ForbiddenError):
        preparer.prepare(STOCK, dataclasses.replace(WANDA, persona=None), POLICY)
    manager = POLICY.grants("warehouse_manager")
    closed = Grants(agents=manager.agents, tools=manager.tools, tables={"product": manager.tables["product"]})
    with pytest.raises(ForbiddenError):
        preparer.prepare(STOCK, WANDA, Policy({"warehouse_manager": closed}))
    assert preparer.prepare(f"{STOCK} ", WANDA, POLICY) is not first
    assert preparer.prepare(STOCK, WANDA, POLICY) is first


def test_a_refusal_is_decided_anew() -> None:
    """It is not remembered, so that what is granted later counts at once."""
    preparer = Preparer(CATALOGUE, "duckdb")
    for _ in range(2):
        with pytest.raises(InvalidError):
            preparer.prepare("SELECT", WANDA, POLICY)
        with pytest.raises(ForbiddenError):
            preparer.prepare("SELECT * FROM warehouse", WANDA, POLICY)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ones used longest ago go first, by number and by size; a huge one pushes nothing out."""
    preparer = Preparer(CATALOGUE, "duckdb")
    monkeypatch.setattr(prepared, "MOST", 2)
    a, b, c = (f"SELECT {number}" for number in range(3))
    first = preparer.prepare(a, WANDA, POLICY)
    second = preparer.prepare(b, WANDA, POLICY)
    assert preparer.prepare(a, WANDA, POLICY) is first
    preparer.prepare(c, WANDA, POLICY)
    assert preparer.prepare(a, WANDA, POLICY) is first
    assert preparer.prepare(b, WANDA, POLICY) is not second
    monkeypatch.setattr(prepared, "MOST_CHARACTERS", 100)
    for sql in (a, b, c):
        last = preparer.prepare(sql, WANDA, POLICY)
    assert preparer.prepare(c, WANDA, POLICY) is last
    many = dataclasses.replace(WANDA, attributes={"warehouses": tuple(f"WH{number}" for number in range(50_000))})
    huge = preparer.prepare(STOCK, many, POLICY)
    assert preparer.prepare(STOCK, many, POLICY) is not huge
    assert preparer.prepare(c, WANDA, POLICY) is last


def test_threads_share_it() -> None:
    """Many at once get what one gets."""
    preparer = Preparer(CATALOGUE, "athena")
    texts = [f"SELECT on_hand + {number % 7} FROM warehouse_product" for number in range(60)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda sql: preparer.prepare(sql, WANDA, POLICY), texts))
    assert made == [rewrite(sql, WANDA, CATALOGUE, POLICY, "athena") for sql in texts]

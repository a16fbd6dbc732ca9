"""The access policy that ships: what the design says, and a document like any other."""

from __future__ import annotations

import subprocess
import sys

import pytest

from agents.access.policy import EveryRow, Own, Through
from agents.access.policy_document import parse_policy
from agents.contract import PERSONAS
from agents.runtime.registry import load_plugins
from agents.supply_chain import AGENTS, document, policy
from agents.supply_chain.policy import CATALOGUE, POLICY

MANAGER, ENGINEER, BUYER = PERSONAS
MINE, MY_TERRITORY = Own("warehouse_id", "warehouses"), Own("territory_id", "territories")


def _lines(orders: Own) -> Through:
    return Through("sales_order_id", "sales_order_header", "sales_order_id", orders)


# By hand, from the design.
ROWS = {
    MANAGER: {
        "product": EveryRow(),
        "warehouse_product": MINE,
        "sales_order_header": MINE,
        "sales_order_line": _lines(MINE),
    },
    ENGINEER: {
        "product": EveryRow(),
        "warehouse_product": Through("warehouse_id", "warehouse", "warehouse_id", MY_TERRITORY),
        "sales_order_header": MY_TERRITORY,
        "sales_order_line": _lines(MY_TERRITORY),
    },
    BUYER: dict.fromkeys(("product", "warehouse_product", "purchase_order_header", "purchase_order_line"), EveryRow()),
}
TOOLS = {
    MANAGER: {"query_data", "stockout_risk", "reorder_candidates"},
    ENGINEER: {"query_data", "stockout_risk", "reorder_candidates"},
    BUYER: {"query_data", "reorder_candidates", "late_purchase_orders"},
}


@pytest.mark.parametrize("persona", PERSONAS)
def test_what_ships_grants_what_the_design_says(persona: str) -> None:
    """Every column of the granted rows, and no table, tool or agent beside."""
    grants = POLICY.grants(persona)
    assert {name: grant.rows for name, grant in grants.tables.items()} == ROWS[persona]
    assert all(grant.columns is None and not grant.masks for grant in grants.tables.values())
    assert (grants.tools, grants.agents) == (TOOLS[persona], {"inventory", "sql"})


def test_what_ships_fits_the_registry() -> None:
    """The document names agents and tools that the plugin brings, each tool for a persona that it was made for."""
    registry = load_plugins(["agents.supply_chain"])
    assert set(registry.agents) == set(AGENTS)
    content = document("policy", kind="access")
    assert parse_policy(content, catalogue=CATALOGUE, agents=registry.agents, tools=registry.tools) == POLICY
    for persona, grants in POLICY.personas.items():
        assert all(persona in registry.tools[tool].personas for tool in grants.tools)


def test_the_policy_is_read_when_it_is_asked_for() -> None:
    """Who needs the tables only pays nothing for it; who needs it gets the same one each time."""
    assert policy.POLICY is POLICY
    with pytest.raises(AttributeError):
        policy.POLICIES  # noqa: B018 - a name that there is not
    code = (
        "import sys\nfrom agents.supply_chain.policy import CATALOGUE\n"
        "assert 'agents.access.policy_document' not in sys.modules\n"
        "from agents.supply_chain.policy import POLICY\n"
        "print(sorted({'pydantic', 'numpy', 'sqlglot', 'duckdb', 'boto3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"

"""The plugin that ships: supply-chain agents and their tools, coming in by the same door as any other."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from agents.configuration.documents import Content
    from agents.runtime.registry import Registry

AGENTS: Final = ("inventory", "sql")


def register(registry: Registry) -> None:
    """Adds the agents `inventory` and `sql` and their tools."""
    from agents.runtime.registry import Agent  # noqa: PLC0415 - reading the package's data needs none of this
    from agents.supply_chain import inventory, purchasing, query  # noqa: PLC0415 - see above

    for name in AGENTS:
        registry.add_agent(Agent(name=name, defaults=document(name)))
    for tool in (inventory.stockout_risk, inventory.reorder_candidates, purchasing.late_purchase_orders):
        registry.add_tool(tool)
    registry.add_tool(query.query_data)


def document(name: str, *, kind: str = "agent") -> Content:
    """The base layer of `<kind>/<name>` that ships with the plugin."""
    text = resources.files(__name__).joinpath("documents", kind, f"{name}.toml").read_text("utf-8")
    return tomllib.loads(text)

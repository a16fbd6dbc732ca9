"""Plugins come in by one door, and a tool's signature is its schema."""

from __future__ import annotations

import sys
from datetime import date  # noqa: TC003 - a tool's signature is read at run time
from types import ModuleType
from typing import Annotated

import pytest
from pydantic import Field

from agents.errors import InvalidError, SetupError
from agents.runtime.registry import Agent, Registry, load_plugins
from agents.runtime.results import ToolResult  # noqa: TC001 - the same
from agents.runtime.tools import Data, tool


@tool(effect="read", personas={"warehouse_manager"}, timeout_s=1)
def count(product: str, days: Annotated[int, Field(ge=1)] = 7, *, data: Data, today: date) -> ToolResult:
    """Units of one product,
    over some days.

    The formula is not for the model.
    """
    raise NotImplementedError


def test_the_shipped_plugin_brings_its_agents_and_tools() -> None:
    """Two agents with the documents that ship, four tools that only read."""
    registry = load_plugins(["agents.supply_chain"])
    assert set(registry.agents) == {"inventory", "sql"}
    assert set(registry.tools) == {"stockout_risk", "reorder_candidates", "late_purchase_orders", "query_data"}
    assert {one.effect for one in registry.tools.values()} == {"read"}
    for agent in registry.agents.values():
        assert set(agent.defaults["tools"]) <= set(registry.tools)  # type: ignore[arg-type]  # a list, in JSON


def test_a_name_is_taken_once() -> None:
    """Two plugins cannot bring the same agent or tool, whoever comes second."""
    registry = Registry()
    registry.add_agent(Agent(name="a", defaults={}))
    registry.add_tool(count)
    with pytest.raises(InvalidError, match="'a'"):
        registry.add_agent(Agent(name="a", defaults={}))
    with pytest.raises(InvalidError, match="'count'"):
        registry.add_tool(count)


def test_a_plugin_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that is missing, or has no `register`, is an error of the set-up."""
    monkeypatch.setitem(sys.modules, "empty_plugin", ModuleType("empty_plugin"))
    for name in ("no_such_plugin", "empty_plugin"):
        with pytest.raises(SetupError, match=name):
            load_plugins([name])


def test_a_tools_signature_is_its_schema() -> None:
    """What stands before `*` is offered with types, limits and defaults; what is injected is not."""
    assert (count.name, count.description) == ("count", "Units of one product, over some days.")
    assert set(count.schema["properties"]) == {"product", "days"}  # type: ignore[arg-type]  # a map, in JSON
    assert count.schema["required"] == ["product"]
    assert count.schema["properties"]["days"] == {"default": 7, "minimum": 1, "title": "Days", "type": "integer"}
    assert count.schema["additionalProperties"] is False


def test_arguments_are_parsed_with_every_problem() -> None:
    """Defaults are filled in; all wrong arguments are named at once."""
    assert count.parse({"product": "P1"}) == {"product": "P1", "days": 7}
    with pytest.raises(InvalidError) as refused:
        count.parse({"product": 5, "days": 0, "today": "2026-01-01"})
    assert all(name in refused.value.message for name in ("product", "days", "today"))

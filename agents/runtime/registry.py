"""The door for plugins, on one page.

A plugin is a module with one function, `register(registry)`, which adds agents and tools. Those that ship with
Quartermaster come in by the same door. Only modules on the allow-list that the entry point passes are imported.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from agents.errors import InvalidError, SetupError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agents.configuration.documents import Content
    from agents.runtime.tools import Tool


@dataclass(frozen=True, kw_only=True)
class Agent:
    """An agent that a plugin brings: its name, and the base layer of its configuration.

    `parameters` is the JSON Schema that the configuration's `parameters` are held to; None: any text, number or truth
    value. A property that is a secret says `format: secret`, and is given as a reference.
    """

    name: str
    defaults: Content
    parameters: Content | None = None


class Plugin(Protocol):
    """What a plugin module looks like."""

    def register(self, registry: Registry) -> None: ...


class Registry:
    """Agents and tools by name. A name taken twice is an error, whoever comes second."""

    def __init__(self) -> None:
        self._agents: dict[str, Agent] = {}
        self._tools: dict[str, Tool] = {}

    @property
    def agents(self) -> Mapping[str, Agent]:
        return self._agents

    @property
    def tools(self) -> Mapping[str, Tool]:
        return self._tools

    def add_agent(self, agent: Agent) -> None:
        if agent.name in self._agents:
            raise InvalidError(f"two plugins bring an agent {agent.name!r}", fix="Rename one of them.")
        self._agents[agent.name] = agent

    def add_tool(self, tool: Tool) -> None:
        if tool.name in self._tools:
            raise InvalidError(f"two plugins bring a tool {tool.name!r}", fix="Rename one of them.")
        self._tools[tool.name] = tool


def load_plugins(modules: Iterable[str]) -> Registry:
    """The registry after every module on the list registered itself; raises SetupError for one that cannot."""
    registry = Registry()
    for name in modules:
        try:
            plugin = cast("Plugin", importlib.import_module(name))
        except ImportError as error:
            raise SetupError(f"the plugin {name!r} cannot be imported", fix="Install it, or take it off.") from error
        if not hasattr(plugin, "register"):
            raise SetupError(
                f"the plugin {name!r} has no function `register`", fix="Add one, as agents.supply_chain has."
            )
        plugin.register(registry)
    return registry

"""An agent's configuration as it runs, and what a change of it takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.configuration.agent_config import AgentConfig, parse_agent_config
from agents.configuration.diff import diff
from agents.configuration.document_model import ReloadClass, reload_class

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.configuration.layers import Effective
    from agents.json_value import Json


@dataclass(frozen=True, kw_only=True)
class Configured:
    """An agent's configuration as it runs, named by its digest.

    `versions` are its layers: `key@layer` -> number. `size` is that of its content, in characters or so.
    """

    name: str
    digest: str
    config: AgentConfig
    versions: Mapping[str, int] = field(default_factory=dict)
    size: int = 0


def configured(name: str, effective: Effective) -> Configured:
    """The agent with that configuration; raises InvalidError when it is not valid."""
    config = parse_agent_config(effective.content, where=effective.key)
    return Configured(
        name=name,
        digest=effective.digest,
        config=config,
        versions=effective.versions,
        size=_size(effective.content),
    )


def change_class(old: AgentConfig, new: AgentConfig) -> ReloadClass:
    """What going from one to the other takes: the most that any changed field does.

    A field that is left out and one that says its default are the same here, as they are for the agent.
    """
    edits = diff(*(config.model_dump(mode="json", by_alias=True) for config in (old, new)))
    return reload_class(AgentConfig, [edit.path for edit in edits])


def _size(value: Json) -> int:
    """Counted, not written out: that would take as much memory again."""
    if isinstance(value, dict):
        return sum(len(name) + _size(item) for name, item in value.items())
    if isinstance(value, list):
        return sum(map(_size, value))
    return len(value) if isinstance(value, str) else 8

"""Whether what is published fits together: the effective configuration of each agent, loaded as agents load it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.configuration.agent_config import check_config
from agents.configuration.layers import resolve
from agents.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from agents.configuration.ports import ConfigStore
    from agents.deadline import Deadline


@dataclass(frozen=True, kw_only=True)
class Misfit:
    """A configuration that does not load: the number of each of its layers, and why."""

    key: str
    versions: Mapping[str, int] = field(default_factory=dict)
    reason: str


def find_misfits(
    store: ConfigStore, *, agents: Collection[str], tools: Collection[str], environment: str, deadline: Deadline
) -> tuple[Misfit, ...]:
    """One for each agent whose layers do not merge to a valid configuration, as of now.

    Raises DeadlineError when the time is up before each was looked at, and UnavailableError.
    """
    found = []
    for name in sorted(agents):
        deadline.check(f"agent/{name}")
        try:
            effective = resolve(store, [name], environment)[name]
        except NotFoundError as error:
            found.append(Misfit(key=f"agent/{name}", reason=error.message))
            continue
        try:
            check_config(effective.content, tools=tools, where=effective.key)
        except InvalidError as error:
            found.append(Misfit(key=effective.key, versions=effective.versions, reason=error.message))
    return tuple(found)

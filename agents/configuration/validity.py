"""Whether what is published fits together: the effective configuration of each agent, loaded as agents load it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.configuration.access_policy import served_layers
from agents.configuration.agent_config import check_config
from agents.configuration.layers import effective, resolve
from agents.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from agents.configuration.documents import Content
    from agents.configuration.ports import ConfigStore
    from agents.deadline import Deadline


@dataclass(frozen=True, kw_only=True)
class Misfit:
    """A configuration that does not load: the number of each of its layers, and why."""

    key: str
    versions: Mapping[str, int] = field(default_factory=dict)
    reason: str


def find_misfits(  # noqa: PLR0913 - what it is checked against
    store: ConfigStore,
    *,
    agents: Collection[str],
    tools: Collection[str],
    checks: Mapping[str, Callable[[Content], object]],
    environment: str,
    deadline: Deadline,
) -> tuple[Misfit, ...]:
    """One for each agent, and each other document of `checks`, whose layers do not merge to what is valid, as of now.

    Raises DeadlineError when the time is up before each was looked at, and UnavailableError.
    """
    found = []
    for name in sorted(agents):
        deadline.check(f"agent/{name}")
        try:
            merged = resolve(store, [name], environment)[name]
        except NotFoundError as error:
            found.append(Misfit(key=f"agent/{name}", reason=error.message))
            continue
        try:
            check_config(merged.content, tools=tools, where=merged.key)
        except InvalidError as error:
            found.append(Misfit(key=merged.key, versions=merged.versions, reason=error.message))
    for key, check in checks.items():
        deadline.check(key)
        found += _misfit(store, key, check, environment)
    return tuple(found)


def _misfit(store: ConfigStore, key: str, check: Callable[[Content], object], environment: str) -> tuple[Misfit, ...]:
    versions: Mapping[str, int] = {}
    try:
        merged = effective(key, store.heads(served_layers(key, environment)))
        versions = merged.versions
        check(merged.content)
    except (InvalidError, NotFoundError) as error:
        return (Misfit(key=key, versions=versions, reason=error.message),)
    return ()

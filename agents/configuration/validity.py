"""Whether what is published fits together: each document as it runs, checked again by what is installed now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from agents.configuration.deployed import UNKNOWN, AgentFacts, Context, Deployed, PlainAgent, PlainTool, ToolFacts
from agents.configuration.kinds import check_document, refusal
from agents.configuration.layers import effective, layers_of, resolve
from agents.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.configuration.documents import Content
    from agents.configuration.layers import Effective
    from agents.configuration.ports import ConfigStore
    from agents.deadline import Deadline

Agents: TypeAlias = Mapping[str, AgentFacts] | Collection[str]
Tools: TypeAlias = Mapping[str, ToolFacts] | Collection[str]
_NOT_RUN = frozenset({"agent", "key"})  # agents are looked at as they run, and keys by their own service


@dataclass(frozen=True, kw_only=True)
class Misfit:
    """A configuration that does not load: the number of each of its layers, and why."""

    key: str
    versions: Mapping[str, int] = field(default_factory=dict)
    reason: str


def find_misfits(  # noqa: PLR0913 - what it is checked against
    store: ConfigStore,
    *,
    agents: Agents,
    tools: Tools,
    checks: Mapping[str, Callable[[Content], object]],
    environment: str,
    deadline: Deadline,
    deployed: Deployed = UNKNOWN,
    today: date = date.min,
) -> tuple[Misfit, ...]:
    """One for each agent and each other document whose layers do not merge to what is valid, as of now.

    Where only names of agents and tools are given, their schemas and times are not known; without `today`, models are
    not held to the day they end. Raises DeadlineError when the time is up before each was looked at, and
    UnavailableError.
    """
    context = Context(
        agents=agents if isinstance(agents, Mapping) else dict.fromkeys(agents, PlainAgent()),
        tools=tools if isinstance(tools, Mapping) else dict.fromkeys(tools, PlainTool()),
        documents=stored_documents(store, environment),
        deployed=deployed,
        today=today,
        checks=checks,
    )
    found: list[Misfit] = []
    for name in sorted(context.agents):
        key = f"agent/{name}"
        deadline.check(key)
        found += _misfit(key, lambda name=name: resolve(store, [name], environment)[name], context)  # type: ignore[misc]  # mypy knows no default of a lambda
    for key in sorted({*checks, *_others(store)}):
        deadline.check(key)
        found += _misfit(key, lambda key=key: effective(key, store.heads(layers_of(key, environment))), context)  # type: ignore[misc]  # the same
    return tuple(found)


def stored_documents(store: ConfigStore, environment: str) -> Callable[[str], Content | None]:
    """The merged content of what is published in an environment, for a `Context`; None for any other."""

    def read(key: str) -> Content | None:
        try:
            return effective(key, store.heads(layers_of(key, environment))).content
        except (InvalidError, NotFoundError):
            return None

    return read


def _others(store: ConfigStore) -> set[str]:
    """Documents that are neither agents' nor keys."""
    heads = [version for version in store.heads() if version is not None]
    return {version.key for version in heads if version.key.partition("/")[0] not in _NOT_RUN}


def _misfit(key: str, read: Callable[[], Effective], context: Context) -> tuple[Misfit, ...]:
    versions: Mapping[str, int] = {}
    try:
        merged = read()
        versions = merged.versions
        error: InvalidError | NotFoundError | None = refusal(key, check_document(key, merged.content, context))
    except (InvalidError, NotFoundError) as raised:
        error = raised
    return () if error is None else (Misfit(key=key, versions=versions, reason=error.message),)

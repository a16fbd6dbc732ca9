"""What a document is checked against: what is installed, what the stack grants, the other documents, the day."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from agents.contract import TOOL_FUNCTIONS, Env

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from agents.configuration.documents import Content

GATEWAY_S: Final = 29.0  # after which API Gateway answers 504, whatever the function still does
_REGION: Final = "AWS_REGION"  # which Lambda sets itself


class AgentFacts(Protocol):
    """What counts here of a registered agent: the JSON Schema of its `parameters`, None when it has none."""

    @property
    def parameters(self) -> Content | None: ...


class ToolFacts(Protocol):
    """What counts here of a registered tool: how long it may take, and for whom it was made."""

    @property
    def timeout_s(self) -> float: ...

    @property
    def personas(self) -> frozenset[str]: ...


@dataclass(frozen=True)
class PlainAgent:
    """An agent of which only the name is known."""

    parameters: Content | None = None


@dataclass(frozen=True)
class PlainTool:
    """A tool of which only the name is known."""

    timeout_s: float = 0.0
    personas: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What the running stack can do. None: not known here, so nothing is held against it.

    `model` is the stack's own and `models` are all that it grants, as provider ids. `secrets`, `variables` and `urls`
    are what documents may refer to, and none by default.
    """

    tools: frozenset[str] | None = None
    model: str | None = None
    models: frozenset[str] | None = None
    region: str | None = None
    function_timeout_s: float | None = None
    gateway_timeout_s: float | None = None
    secrets: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    urls: tuple[str, ...] = ()

    @property
    def limit_s(self) -> float | None:
        """Seconds within which an answer must be there; None when nothing ends it."""
        return min((s for s in (self.function_timeout_s, self.gateway_timeout_s) if s is not None), default=None)


UNKNOWN: Final = Deployed()  # nothing is known of the stack


@dataclass(frozen=True, kw_only=True)
class Context:
    """Everything beside its own content by which a document is judged.

    `documents` gives the merged content of another document, as it would be after the publish, or None. `checks` are
    for documents that somebody else reads, by key: each raises InvalidError (the access policy's needs the data's
    catalogue). `today` is the calendar's day, by which models end.
    """

    agents: Mapping[str, AgentFacts]
    tools: Mapping[str, ToolFacts]
    documents: Callable[[str], Content | None]
    today: date
    deployed: Deployed = UNKNOWN
    checks: Mapping[str, Callable[[Content], object]] = field(default_factory=dict)


def deployed_of(environ: Mapping[str, str]) -> Deployed:
    """What a function on AWS is told by its environment and by the contract."""
    own = environ.get(Env.MODEL, "")
    models = frozenset(environ.get(Env.MODELS, "").split())
    timeout = environ.get(Env.FUNCTION_TIMEOUT_S, "")
    return Deployed(
        tools=frozenset(tool for function in TOOL_FUNCTIONS.values() for tool in function.tools),
        model=own or None,
        models=models | {own} if own else None,
        region=environ.get(_REGION) or None,
        function_timeout_s=float(timeout) if timeout else None,
        gateway_timeout_s=GATEWAY_S,
        secrets=frozenset(environ.get(Env.SECRETS, "").split()),
        urls=tuple(environ.get(Env.OUTBOUND_URLS, "").split()),
    )

"""A rule: metadata first, then a small generator that yields one message a finding."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final, NotRequired, TypeAlias, TypedDict, Unpack

from ._resource import Found, NotEvaluated, Resource, Value

if TYPE_CHECKING:
    from ._graph import Drawn, GraphCheck
    from ._stack import StackCheck, Together

Check: TypeAlias = Callable[[Resource], Iterator["str | Found | NotEvaluated"]]
# Properties of a resource -> those that change, with their new values; None when nothing does.
Remedy: TypeAlias = Callable[[Resource], "Mapping[str, Value] | None"]
PAGE: Final = "policies/README.md"  # generated, with an anchor a rule


class Severity(Enum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Enforcement(Enum):
    ADVISORY = "advisory"
    MANDATORY = "mandatory"
    DISABLED = "disabled"
    REMEDIATE = "remediate"  # mend what is found, where the rule has a remedy; nothing does so unless it is asked to


class Scope(Enum):
    ENGINE = "engine"  # decidable from what the engine sends to a pack
    GRAPH = "graph"  # needs the recorded program


@dataclass(frozen=True)
class Parameter:
    """A setting of one rule. The default's type is the parameter's."""

    default: str | int | bool | tuple[str, ...]
    description: str

    @property
    def schema(self) -> dict[str, Value]:
        """The JSON Schema that the engine checks a configuration with."""
        if isinstance(self.default, tuple):
            kind: dict[str, Value] = {"type": "array", "items": {"type": "string"}}
            return kind | {"default": list(self.default), "description": self.description}
        name = {bool: "boolean", int: "integer", str: "string"}[type(self.default)]
        return {"type": name, "default": self.default, "description": self.description}


@dataclass(frozen=True)
class Of:
    """An example that says more than its properties: another type, parameters, the provider's inputs."""

    properties: Mapping[str, Value]
    type: str = ""
    config: Mapping[str, Value] = field(default_factory=dict)
    provider: Mapping[str, Value] = field(default_factory=dict)


Example: TypeAlias = "Mapping[str, Value] | Of"

UNKNOWN: Final = "unknown"  # a parameter of every rule
_UNKNOWN: Final = Parameter("advisory", "What a value is that a preview cannot know: advisory, or a finding.")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What is checked, why it matters, how to mend it, and what good and bad look like."""

    id: str
    title: str
    why: str
    fix: str
    severity: Severity
    check: Check | StackCheck | GraphCheck
    applies_to: frozenset[str] = frozenset()  # empty: the rule is asked once, about the whole stack
    ok: tuple[Of, ...] | tuple[Together, ...] | tuple[Drawn, ...]
    bad: tuple[Of, ...] | tuple[Together, ...] | tuple[Drawn, ...]
    sources: tuple[str, ...] = ()  # `pack:id` of the rules elsewhere that ask the same
    frameworks: tuple[str, ...] = ()  # `CIS AWS 3.0:2.1.1`, `NIST 800-53:SC-28`, `SOC 2:CC6.1`
    unique: bool = False  # no other pack has it
    service: str  # the folder it lies in, as AWS calls the service
    parameters: Mapping[str, Parameter]
    enforcement: Enforcement = Enforcement.MANDATORY
    scope: Scope
    remedy: Remedy | None = None  # only where mending it cannot break anything

    @property
    def url(self) -> str:
        return f"{PAGE}#{self.id}"


class Metadata(TypedDict):
    """What a rule says of itself, whatever it is about."""

    id: str
    title: str
    severity: Severity
    fix: str
    sources: NotRequired[tuple[str, ...]]
    frameworks: NotRequired[tuple[str, ...]]
    unique: NotRequired[bool]
    enforcement: NotRequired[Enforcement]


def rule(
    *,
    applies_to: str | tuple[str, ...] | frozenset[str],
    ok: tuple[Example, ...],
    bad: tuple[Example, ...],
    parameters: Mapping[str, Parameter] | None = None,
    remedy: Remedy | None = None,
    **metadata: Unpack[Metadata],
) -> Callable[[Check], Rule]:
    """Turns a generator of messages into a rule; the module's docstring says why it exists.

    An example without a type is of the first of `applies_to`. A rule that no other pack has names no sources.
    """
    types = (applies_to,) if isinstance(applies_to, str) else tuple(applies_to)
    first = types[0] if isinstance(applies_to, (str, tuple)) else min(types)

    def examples(given: tuple[Example, ...]) -> tuple[Of, ...]:
        full = (one if isinstance(one, Of) else Of(one) for one in given)
        return tuple(Of(one.properties, one.type or first, one.config, one.provider) for one in full)

    def decorate(check: Check) -> Rule:
        return Rule(
            **metadata,
            why=_why(check),
            service=_service(check),
            check=check,
            applies_to=frozenset(types),
            ok=examples(ok),
            bad=examples(bad),
            parameters=_with_unknown(parameters),
            scope=Scope.ENGINE,
            remedy=remedy,
        )

    return decorate


def stack_rule(
    *,
    ok: tuple[Together, ...],
    bad: tuple[Together, ...],
    parameters: Mapping[str, Parameter] | None = None,
    **metadata: Unpack[Metadata],
) -> Callable[[StackCheck], Rule]:
    """As `rule`, for what only several resources together can show."""

    def decorate(check: StackCheck) -> Rule:
        return Rule(
            **metadata,
            why=_why(check),
            service=_service(check),
            check=check,
            ok=ok,
            bad=bad,
            parameters=_with_unknown(parameters),
            scope=Scope.ENGINE,
        )

    return decorate


def graph_rule(
    *,
    ok: tuple[Drawn, ...],
    bad: tuple[Drawn, ...],
    parameters: Mapping[str, Parameter] | None = None,
    **metadata: Unpack[Metadata],
) -> Callable[[GraphCheck], Rule]:
    """As `stack_rule`, for what the engine does not tell a pack: only `qm plan` can ask it."""

    def decorate(check: GraphCheck) -> Rule:
        return Rule(
            **metadata,
            why=_why(check),
            service=_service(check),
            check=check,
            ok=ok,
            bad=bad,
            parameters=_with_unknown(parameters),
            scope=Scope.GRAPH,
        )

    return decorate


def _with_unknown(parameters: Mapping[str, Parameter] | None) -> dict[str, Parameter]:
    return {**(parameters or {}), UNKNOWN: _UNKNOWN}


def _why(check: Callable[..., object]) -> str:
    return inspect.getdoc(inspect.getmodule(check)) or ""


def _service(check: Callable[..., object]) -> str:
    return check.__module__.rpartition(".")[0].rpartition(".")[2].rstrip("_")

"""What a rule sees of a resource: properties that may be unknown in a preview, and the provider behind them.

The engine's property proxies raise wherever an unknown is touched, even by `in`. A rule reads paths instead:
`known("versioning.enabled")` is the value, None when nothing is set, or the end of the rule with the result
"not evaluated". Paths are dotted; a number is a place in a list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal, TypeAlias

from pulumi_policy.proxy import UnknownValueError

Value: TypeAlias = Any  # JSON, as scalars, Mapping and Sequence; a rule knows from the schema which one it reads


class _Mark(Enum):
    UNKNOWN = "unknown"


UNKNOWN: Final = _Mark.UNKNOWN
DEFAULTS: Final = "__defaults"  # where a provider notes which properties it filled in itself


@dataclass(frozen=True)
class NotEvaluated:
    """Yielded by a rule that goes on: this one property is unknown until the resources exist."""

    path: str


@dataclass(frozen=True)
class Found:
    """Yielded by a granular rule: one of several findings about a resource, each of which can be exempt by itself."""

    what: str  # as an exemption names it: the action, the port, the statement
    message: str


class NotKnownError(Exception):
    """The rule needs a property that is unknown until the resources exist."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource as the engine sends it to a pack, or as the recorder does."""

    type: str
    name: str
    urn: str
    properties: Mapping[str, Value]
    config: Mapping[str, Value] = field(default_factory=dict)  # the rule's parameters, defaults filled in
    provider: Mapping[str, Value] = field(default_factory=dict)

    @property
    def stack(self) -> str:
        """The stack's name, which the resource's URN carries."""
        parts = self.urn.split("::")
        return parts[0].removeprefix("urn:pulumi:") if len(parts) > 1 else ""

    def peek(self, path: str) -> Value | Literal[_Mark.UNKNOWN] | None:
        """The value at the path, None when nothing is set there, UNKNOWN when a preview cannot know it."""
        return _peek(self.properties, path)

    def known(self, path: str) -> Value | None:
        """The value at the path, or None; ends the rule as "not evaluated" when it is unknown."""
        value = self.peek(path)
        if value is UNKNOWN:
            raise NotKnownError(path)
        return value

    def text(self, path: str) -> str:
        """A known text, or empty when nothing, or something else, is set; the provider refuses what is no text."""
        value = self.known(path)
        return value if isinstance(value, str) else ""

    def number(self, path: str) -> float:
        """A known number, or 0 when nothing, or something else, is set."""
        value = self.known(path)
        return value if isinstance(value, (int, float)) else 0

    def is_set(self, path: str) -> bool:
        """Whether the program sets the property itself, known or not; a provider's own default does not count."""
        parent, _, last = path.rpartition(".")
        filled = self.peek(f"{parent}.{DEFAULTS}" if parent else DEFAULTS)
        if isinstance(filled, Sequence) and last in filled:
            return False
        return self.peek(path) is not None

    def keys(self, path: str) -> tuple[str, ...]:
        """The keys of a map, whose values may be unknown."""
        value = self.known(path)
        return tuple(value) if isinstance(value, Mapping) else ()

    def each(self, path: str) -> Iterator[str]:
        """The path of every element of a list, or the path itself where the list is a single object."""
        value = self.known(path)
        if isinstance(value, Sequence) and not isinstance(value, str):
            yield from (f"{path}.{place}" for place in range(len(value)))
        elif value is not None:
            yield path

    def default_tags(self) -> tuple[str, ...]:
        """Keys of the tags that the provider adds. Providers take structures as JSON text."""
        value = _peek(self.provider, "defaultTags")
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:  # the provider refuses it with a better message
                return ()
        tags = value.get("tags") if isinstance(value, Mapping) else None
        return tuple(tags) if isinstance(tags, Mapping) else ()


def _peek(node: Value, path: str) -> Value | Literal[_Mark.UNKNOWN] | None:
    for step in path.split("."):
        try:
            if isinstance(node, Mapping):
                node = node[step] if step in list(node) else None
            elif isinstance(node, Sequence) and not isinstance(node, str) and step.isdecimal():
                node = node[int(step)] if int(step) < len(node) else None
            else:
                return None
        except UnknownValueError:
            return UNKNOWN
    return node

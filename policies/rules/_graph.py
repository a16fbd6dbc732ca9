"""What a rule about the recorded program sees: more than the engine sends to a pack.

The engine tells a pack nothing of `retain_on_delete`, of resources made inside callbacks, of components that never
registered their outputs, nor which line of the program makes what.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from ._stack import Member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ._resource import Found, NotEvaluated, Value


@dataclass(frozen=True, kw_only=True)
class Vertex(Member):
    """A resource of the program. `parent` is a URN, empty for the stack itself."""

    parent: str = ""
    custom: bool = True  # False: a component
    protect: bool = False
    retain: bool = False
    completed: bool = True  # a component registered its outputs
    in_callback: bool = False  # made inside `apply`, so that a preview may not see it
    provider_urn: str = ""
    ignored: tuple[str, ...] = ()  # ignore_changes
    secrets: tuple[str, ...] = ()  # paths of the properties that are marked as secrets
    aliases: tuple[str, ...] = ()
    location: str = ""


@dataclass(frozen=True)
class Graph:
    """Every resource and component of a recorded stack, parents first. The first is the stack."""

    vertices: tuple[Vertex, ...]

    def of(self, kind: str) -> tuple[Vertex, ...]:
        """The resources of one type."""
        return tuple(one for one in self.vertices if one.type == kind)


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """A resource of an example; fields as a vertex has them, `parent` and `sources` by name."""

    type: str
    name: str
    properties: Mapping[str, Value] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    parent: str = ""
    custom: bool = True
    protect: bool = False
    retain: bool = False
    completed: bool = True
    in_callback: bool = False
    provider: bool = True  # explicit
    ignored: tuple[str, ...] = ()  # ignore_changes


@dataclass(frozen=True)
class Drawn:
    """An example of a program. The stack is called `stack`, dev unless said otherwise."""

    sketches: tuple[Sketch, ...]
    config: Mapping[str, Value] = field(default_factory=dict)
    stack: str = "dev"


GraphCheck: TypeAlias = "Callable[[Graph], Iterator[tuple[Vertex, str | Found] | NotEvaluated]]"

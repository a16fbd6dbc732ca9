"""What a rule about several resources sees: all of them, and which property of one comes from which other.

The engine asks it after every resource is known to it: in a preview that is before anything is created.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from ._resource import Found, NotEvaluated, Resource, Value, _Mark

if TYPE_CHECKING:
    from ._exemptions import Exemption, Ledger


@dataclass(frozen=True, kw_only=True)
class Member(Resource):
    """A resource of a stack, with the URNs that each of its properties depends on."""

    sources: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def peek(self, path: str) -> Value | Literal[_Mark.UNKNOWN] | None:
        """As of a resource; after an update a provider gives back empty text for what was never set."""
        value = super().peek(path)
        return None if value == "" else value


@dataclass(frozen=True)
class Stack:
    """Every resource of a stack. `ledger` has the exemptions, and which of them the rules before have used."""

    members: tuple[Member, ...]
    ledger: Ledger

    def of(self, kind: str) -> tuple[Member, ...]:
        """The resources of one type."""
        return tuple(one for one in self.members if one.type == kind)


@dataclass(frozen=True)
class Node:
    """A resource of an example; `sources` names, by property, the nodes whose outputs it uses."""

    type: str
    name: str
    properties: Mapping[str, Value] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Together:
    """An example of several resources, and of exemptions, of which those named in `used` let something pass."""

    nodes: tuple[Node, ...]
    config: Mapping[str, Value] = field(default_factory=dict)
    exemptions: tuple[Exemption, ...] = ()
    used: bool = True


# A finding belongs to one of the members.
StackCheck: TypeAlias = Callable[[Stack], Iterator["tuple[Member, str | Found] | NotEvaluated"]]

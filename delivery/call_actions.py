"""What IAM asks for what the code does: two tables, `data/iam_calls.toml` and `data/iam_exceptions.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .boto_calls import BotoCall, Reached

_DATA: Final = Path(__file__).with_name("data")
_CALLS: Final = "iam_calls.toml"
_EXCEPTIONS: Final = "iam_exceptions.toml"


@dataclass(frozen=True, kw_only=True, order=True)
class Need:
    """An action that a role needs, and why: which code calls it, or what a service does as the role."""

    action: str
    why: str
    where: str = ""  # file:line of the code, where there is any


@dataclass(frozen=True, kw_only=True)
class Behalf:
    """Actions that a service takes as the caller of an operation."""

    calls: frozenset[str]  # service.operation
    actions: tuple[str, ...]
    why: str


@dataclass(frozen=True, kw_only=True)
class Hosting:
    """Actions that Lambda takes as the function's role, by a property of a resource."""

    type: str
    property: str
    value: str | None  # None: whatever it is
    actions: tuple[str, ...]
    why: str


@dataclass(frozen=True, kw_only=True)
class CallActions:
    """The table of operations."""

    actions: Mapping[str, Mapping[str, tuple[str, ...]]]  # service -> operation -> actions
    parts: Mapping[str, Mapping[str, str]]  # service.operation -> key of the part -> action
    behalf: tuple[Behalf, ...]
    hosting: tuple[Hosting, ...]

    def needs(self, reached: Reached) -> Iterator[Need]:
        """What the calls ask for. Raises InvalidError for an operation that the table does not know."""
        if strange := sorted(reached.services - self.actions.keys()):
            raise InvalidError(f"{_CALLS} has no service {strange[0]}", fix=f"Add [call.{strange[0]}] to it.")
        for call in reached.calls:
            for service in self._services(call, reached.services):
                yield from self._needs(f"{service}.{call.operation}", service, call)

    def _services(self, call: BotoCall, made: frozenset[str]) -> tuple[str, ...]:
        """The service that the call is of; none when nobody who gets there makes a client of it."""
        known = {service for service, operations in self.actions.items() if call.operation in operations}
        if not known:
            raise InvalidError(
                f"{call.where} calls {call.operation}, of which {_CALLS} says nothing",
                fix="Add it, with the action that IAM asks for.",
            )
        if len(known & made) > 1:
            raise InvalidError(f"{call.where} calls {call.operation}, which is of {' or '.join(sorted(known & made))}")
        return tuple(known & made)

    def _needs(self, name: str, service: str, call: BotoCall) -> Iterator[Need]:
        parts = self.parts.get(name, {})
        asked = [*self.actions[service][call.operation], *(parts[key] for key in sorted(call.parts & parts.keys()))]
        if not asked:
            raise InvalidError(f"{call.where} calls {call.operation} with none of {', '.join(parts)}")
        for action in asked:
            yield Need(action=action, why=f"calls {name}", where=call.where)
        for one in self.behalf:
            if name in one.calls:
                for action in one.actions:
                    yield Need(action=action, why=f"{one.why} ({name})", where=call.where)


@cache
def call_actions() -> CallActions:
    """The table that ships."""
    read = tomllib.loads((_DATA / _CALLS).read_text())
    return CallActions(
        actions={
            service: {operation: tuple(actions) for operation, actions in operations.items()}
            for service, operations in read["call"].items()
        },
        parts={
            f"{service}.{operation}": parts
            for service, operations in read["parts"].items()
            for operation, parts in operations.items()
        },
        behalf=tuple(
            Behalf(calls=frozenset(one["calls"]), actions=tuple(one["actions"]), why=one["why"])
            for one in read["behalf"]
        ),
        hosting=tuple(
            Hosting(
                type=one["type"],
                property=one["property"],
                value=one.get("value"),
                actions=tuple(one["actions"]),
                why=one["why"],
            )
            for one in read["hosting"]
        ),
    )


@cache
def exemptions() -> Mapping[tuple[str, str, str], str]:
    """Function, kind and action of each difference that is right -> why it is."""
    read = tomllib.loads((_DATA / _EXCEPTIONS).read_text())
    return {
        (function, one["kind"], action): one["reason"]
        for one in read.get("exception", ())
        for function in one["functions"]
        for action in one["actions"]
    }

"""What several rules know of functions: which of them call which, by the grants of their roles."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from ._documents import MalformedError, statements
from ._joined import joined
from ._resource import UNKNOWN, NotKnownError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._stack import Member, Stack

FUNCTION: Final = "aws:lambda/function:Function"
ALIAS: Final = "aws:lambda/alias:Alias"
ROLE: Final = "aws:iam/role:Role"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
INVOKE: Final = "lambda:invokefunction"
DEFAULT_TIMEOUT: Final = 3  # seconds, where a function says nothing
_NAME: Final = 6  # arn:partition:lambda:region:account:function:name:qualifier


@dataclass(frozen=True)
class Calls:
    """Who calls whom, and the paths that a preview does not know."""

    pairs: tuple[tuple[Member, Member], ...]
    unknown: tuple[str, ...] = field(default=())


def calls(stack: Stack) -> Calls:
    """Every function with each function that its role may invoke by name; a role that may invoke all names none."""
    functions = stack.of(FUNCTION)
    pairs: list[tuple[Member, Member]] = []
    unknown: list[str] = []
    for caller in functions:
        for policy in _policies(caller, stack):
            try:
                named = tuple(_invoked(policy))
            except NotKnownError:
                unknown.append(f"{policy.name}.policy")
                continue
            for callee in functions:
                name = callee.peek("name")
                if name is UNKNOWN:
                    unknown += [f"{callee.name}.name"] if named else []
                elif callee is not caller and any(fnmatchcase(str(name), one) for one in named):
                    pairs.append((caller, callee))
    return Calls(tuple(pairs), tuple(dict.fromkeys(unknown)))


def _policies(function: Member, stack: Stack) -> Iterator[Member]:
    """The policies of the function's role, which it names by a dependency or by its ARN."""
    for role in stack.of(ROLE):
        own = joined(function, "role", role, "arn")
        if own is not True and not _named(function, role):
            continue
        yield from (one for one in stack.of(ROLE_POLICY) if joined(one, "role", role, "name", "id"))


def _named(function: Member, role: Member) -> bool:
    given, name = function.peek("role"), role.peek("name")
    return isinstance(given, str) and isinstance(name, str) and given.endswith(f"/{name}")


def _invoked(policy: Member) -> Iterator[str]:
    try:
        for one in statements(policy, "policy"):
            if one.allows and any(fnmatchcase(INVOKE, action.lower()) for action in one.actions):
                for arn in one.resources:
                    parts = arn.split(":")
                    if len(parts) > _NAME and parts[_NAME] != "*":
                        yield parts[_NAME]
    except MalformedError:  # `iam-no-wildcard-action` reports it
        return

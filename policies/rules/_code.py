"""What the code of each function calls, and which policies its role has.

The table is generated from the code (`delivery/policy_grants.py`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ._attachments import TO_ROLE
from ._documents import MalformedError, statements
from ._identity import ROLE, ROLE_POLICY
from ._joined import joined
from ._resource import UNKNOWN, NotEvaluated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ._documents import Statement
    from ._resource import Value
    from ._stack import Member, Stack

_FILE: Final = Path(__file__).parents[1] / "data" / "grants.json"
FUNCTION: Final = "aws:lambda/function:Function"
GRANTED: Final = "granted"
CALLED: Final = "called"


@dataclass(frozen=True, kw_only=True)
class Running:
    """A function of ours with its role."""

    function: Member
    name: str  # as the code calls it
    needs: Mapping[str, str]  # action -> why
    perhaps: frozenset[str]  # actions that it needs if a property is set that a preview cannot know
    policies: tuple[Member, ...]  # of its role
    closed: bool  # whether these are all that its role has

    def granted(self) -> Iterator[tuple[Member, Statement, str]]:
        """Each action that a statement allows. Ends the rule as "not evaluated" when a document is unknown."""
        for policy in self.policies:
            try:
                for statement in statements(policy, "policy"):
                    yield from ((policy, statement, one) for one in statement.actions if statement.allows)
            except MalformedError:
                continue

    def excuse(self, kind: str, action: str) -> str:
        """Why a difference between grants and code is right; empty: it is not."""
        reason: str = _table()["excused"].get(self.name, {}).get(kind, {}).get(action, "")
        return reason


@cache
def _table() -> Mapping[str, Value]:
    read: Mapping[str, Value] = json.loads(_FILE.read_text())
    return read


def running(stack: Stack) -> Iterator[Running | NotEvaluated]:
    """The functions whose code the table knows. One whose handler is unknown is not evaluated."""
    for function in stack.of(FUNCTION):
        handler = function.peek("handler")
        if handler is UNKNOWN:
            yield NotEvaluated(f"{function.name}.handler")
        elif handler in _table()["needs"]:
            yield _running(function, str(handler), stack)


def _running(function: Member, handler: str, stack: Stack) -> Running:
    needs, perhaps = dict(_table()["needs"][handler]), set()
    for hosting in _table()["hosting"]:
        for one in [function] if hosting["type"] == FUNCTION else stack.of(hosting["type"]):
            if one is not function and not joined(one, "functionName", function, "name", "arn"):
                continue
            value = one.peek(hosting["property"])
            if value is UNKNOWN:
                perhaps.update(hosting["actions"])
            elif value == hosting["value"] if hosting["value"] is not None else value:
                needs.update(dict.fromkeys(hosting["actions"], hosting["why"]))
    roles = [one for one in stack.of(ROLE) if joined(function, "role", one, "arn", "name")]
    return Running(
        function=function,
        name=next((one for one in _table()["functions"] if function.name.endswith(f"-{one}")), function.name),
        needs=needs,
        perhaps=frozenset(perhaps),
        policies=tuple(_of(roles, stack, ROLE_POLICY)),
        closed=bool(roles) and not list(_of(roles, stack, TO_ROLE)) and not any(map(_has_more, roles)),
    )


def _of(roles: list[Member], stack: Stack, kind: str) -> Iterator[Member]:
    return (one for one in stack.of(kind) if any(joined(one, "role", role, "name", "id", "arn") for role in roles))


def _has_more(role: Member) -> bool:
    return any(role.peek(path) for path in ("managedPolicyArns", "inlinePolicies"))

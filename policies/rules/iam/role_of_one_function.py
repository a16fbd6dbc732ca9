"""Two functions with one role have each other's rights, and neither can be given less."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


FUNCTION: Final = "aws:lambda/function:Function"
ROLES: Final = (Node("aws:iam/role:Role", "reader"), Node("aws:iam/role:Role", "writer"))
ARN: Final = "arn:aws:iam::000000000000:role/reader"


@stack_rule(
    id="iam-role-of-one-function",
    title="Each function has a role of its own",
    severity=Severity.MEDIUM,
    fix="Make a role for each function.",
    frameworks=("NIST 800-53:AC-6",),
    unique=True,
    ok=(
        Together(
            (
                *ROLES,
                Node(FUNCTION, "a", {"role": ARN}, {"role": "reader"}),
                Node(FUNCTION, "b", {"role": ARN}, {"role": "writer"}),
            )
        ),
        Together((Node(FUNCTION, "a", {"role": ARN}),)),
    ),
    bad=(
        Together(
            (
                *ROLES,
                Node(FUNCTION, "a", {"role": ARN}, {"role": "reader"}),
                Node(FUNCTION, "b", {"role": ARN}, {"role": "reader"}),
            )
        ),
        Together((Node(FUNCTION, "a", {"role": ARN}), Node(FUNCTION, "b", {"role": ARN}))),
    ),
)
def role_of_one_function(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    first: dict[str, str] = {}
    functions = stack.of(FUNCTION)
    for function in functions:
        role = function.peek("role")
        named = function.sources.get("role") or (frozenset({role}) if isinstance(role, str) else frozenset())
        if role is UNKNOWN and not named and len(functions) > 1:
            yield NotEvaluated(f"{function.name}.role")
        for one in sorted(named):
            if one in first:
                yield function, f"it has the same role as {first[one]}"
            else:
                first[one] = function.name

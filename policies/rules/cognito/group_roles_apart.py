"""Groups that share a role share its rights, whatever their names say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together
from .._used import sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


GROUP: Final = "aws:cognito/userGroup:UserGroup"
ROLE: Final = "aws:iam/role:Role"


def _groups(*roles: str) -> tuple[Node, ...]:
    groups = (Node(GROUP, f"group-{place}", sources={"roleArn": role}) for place, role in enumerate(roles))
    return (*(Node(ROLE, role) for role in sorted(set(roles))), *groups)


@stack_rule(
    id="cognito-group-roles-apart",
    title="No two groups of users get the same role",
    severity=Severity.MEDIUM,
    fix="Give each group a role of its own, or none.",
    frameworks=("NIST 800-53:AC-5", "NIST 800-53:AC-6"),
    unique=True,
    ok=(Together((Node(GROUP, "a"), Node(GROUP, "b"))), Together(_groups("read", "write"))),
    bad=(
        Together(_groups("read", "read")),
        Together((Node(GROUP, "a", {"roleArn": "arn:r"}), Node(GROUP, "b", {"roleArn": "arn:r"}))),
    ),
)
def group_roles_apart(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    taken: dict[object, Member] = {}
    for group in stack.of(GROUP):
        value = group.peek("roleArn")
        roles = sources_of(group, "roleArn")
        if value is UNKNOWN and not roles:
            yield NotEvaluated(f"{group.name}.roleArn")
            continue
        for role in roles or ((value,) if isinstance(value, str) else ()):
            if role in taken:
                yield group, f"its role is also that of {taken[role].name}"
            taken.setdefault(role, group)

"""All inline policies of a role together have 10,240 characters; one more is refused in the middle of a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._examples import allows, document
from .._identity import ROLE, ROLE_POLICY
from .._joined import joined
from .._resource import NotEvaluated, NotKnownError
from .._rule import Severity, stack_rule
from .._sizes import size
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


MOST: Final = 10_240  # characters without white space. IAM User Guide, "IAM and AWS STS quotas"
READER: Final = Node(ROLE, "reader", {"name": "reader"})


def _policy(name: str, characters: int) -> Node:
    long = document(allows("s3:GetObject", f"arn:aws:s3:::{'x' * characters}"))
    return Node(ROLE_POLICY, name, {"policy": long, "role": "reader"}, {"role": "reader"})


@stack_rule(
    id="iam-role-policies-fit",
    title="The inline policies of a role fit together",
    severity=Severity.HIGH,
    fix="Make some of them managed policies, or name resources by one pattern.",
    unique=True,
    ok=(
        Together(()),
        Together((READER, _policy("a", 5_000), _policy("b", 5_000))),
        Together((READER, _policy("a", 9_000), Node(ROLE, "writer"))),
    ),
    bad=(
        Together((READER, _policy("a", 5_200), _policy("b", 5_200))),
        Together(
            (
                Node(ROLE, "reader", {"name": "reader", "inlinePolicies": [{"policy": document(allows("a" * 9_000))}]}),
                Node(ROLE_POLICY, "b", {"policy": document(allows("b" * 2_000)), "role": "reader"}),
            )
        ),
    ),
)
def role_policies_fit(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for role in stack.of(ROLE):
        own = [one for one in stack.of(ROLE_POLICY) if joined(one, "role", role, "name")]
        try:
            total = sum(size(role.known(f"{path}.policy")) for path in role.each("inlinePolicies"))
            total += sum(size(one.known("policy")) for one in own)
        except NotKnownError as error:
            yield NotEvaluated(f"{role.name}.{error.path}")
            continue
        if total > MOST:
            yield role, f"its inline policies have {total} characters, {MOST} are taken"

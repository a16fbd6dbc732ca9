"""Rules inside a group and rules beside it undo each other at each deployment, so that ports open and close in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._ports import EGRESS, GROUP, INGRESS, RULE
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together
from .._used import used

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


BESIDE: Final = (RULE, INGRESS, EGRESS)
INLINE: Final = [{"protocol": "tcp", "fromPort": 443, "toPort": 443}]
ONE: Final = Node(INGRESS, "https", sources={"securityGroupId": "web"})


@stack_rule(
    id="ec2-group-rules-one-form",
    title="A security group has its rules inside or beside it, not both",
    severity=Severity.HIGH,
    fix="Write all rules as SecurityGroupIngressRule and SecurityGroupEgressRule resources.",
    unique=True,
    ok=(
        Together((Node(GROUP, "web"), ONE)),
        Together((Node(GROUP, "web", {"ingress": INLINE}),)),
        Together((Node(GROUP, "web", {"ingress": []}), ONE)),
    ),
    bad=(
        Together((Node(GROUP, "web", {"ingress": INLINE}), ONE)),
        Together((Node(GROUP, "web", {"egress": INLINE}), Node(RULE, "out", sources={"securityGroupId": "web"}))),
    ),
)
def group_rules_one_form(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    beside = used(stack, BESIDE, "securityGroupId")
    for group in stack.of(GROUP):
        if group.urn not in beside:
            continue
        for direction in ("ingress", "egress"):
            value = group.peek(direction)
            if value is UNKNOWN:  # what the provider will read back, unless the program says it
                if direction in group.sources:
                    yield NotEvaluated(f"{group.name}.{direction}")
            elif any(True for _ in group.each(direction)):
                yield group, f"{direction} is set, and rules beside the group are too"

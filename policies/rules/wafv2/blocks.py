"""A firewall that lets pass by default and whose rules only count is a counter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._firewall import ACL, ACL_RULE, entries
from .._resource import NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


COUNT: Final = {"name": "common", "overrideAction": {"count": {}}}
BLOCK: Final = {"name": "rate", "action": {"block": {}}}
ALLOW: Final[dict[str, object]] = {"defaultAction": {"allow": {}}}


@stack_rule(
    id="waf-blocks",
    title="Web ACLs block something",
    severity=Severity.HIGH,
    fix="Set override_action to none, or the action of your rules to block.",
    frameworks=("NIST 800-53:SC-7",),
    unique=True,
    ok=(
        Together((Node(ACL, "edge", ALLOW | {"rules": [COUNT, BLOCK]}),)),
        Together((Node(ACL, "edge", {"defaultAction": {"block": {}}, "rules": [COUNT]}),)),
        Together((Node(ACL, "edge", ALLOW),)),  # without rules: another rule's finding
    ),
    bad=(
        Together((Node(ACL, "edge", ALLOW | {"rules": [COUNT]}),)),
        Together((Node(ACL, "edge", ALLOW), Node(ACL_RULE, "rate", {"action": {"count": {}}}, {"webAclArn": "edge"}))),
    ),
)
def blocks(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for acl in stack.of(ACL):
        found = entries(stack, acl)
        if found is None:
            yield NotEvaluated(f"{acl.name}.rules")
        elif found and not acl.is_set("defaultAction.block") and not any(one.acts for one in found):
            yield acl, "every rule only counts, and what no rule stops is allowed"

"""A firewall without rules lets everything through, and costs its monthly price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._firewall import ACL, ACL_GROUP, ACL_RULE, entries
from .._resource import NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


ONE: Final = {"rules": [{"name": "rate", "priority": 0}]}


@stack_rule(
    id="waf-has-rules",
    title="Every web ACL has rules",
    severity=Severity.MEDIUM,
    fix="Add rules, AWS's managed groups first.",
    sources=("FSBP:WAF.10", "checkov:CKV_AWS_175", "prowler:wafv2_webacl_with_rules"),
    frameworks=("NIST 800-53:SC-7",),
    ok=(
        Together((Node(ACL, "edge", ONE),)),
        Together((Node(ACL, "edge"), Node(ACL_RULE, "rate", sources={"webAclArn": "edge"}))),
        Together((Node(ACL, "edge"), Node(ACL_GROUP, "common", sources={"webAclArn": "edge"}))),
    ),
    bad=(Together((Node(ACL, "edge"),)), Together((Node(ACL, "edge", {"rules": []}), Node(ACL_RULE, "rate")))),
)
def has_rules(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for acl in stack.of(ACL):
        found = entries(stack, acl)
        if found is None and acl.peek("ruleJson") is None:
            yield NotEvaluated(f"{acl.name}.rules")
        elif found == ():
            yield acl, "the web ACL has no rules"

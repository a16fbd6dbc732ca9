"""AWS keeps lists of known attacks up to date; without them a firewall knows those of the day it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._firewall import ACL, ACL_GROUP, entries
from .._resource import NotEvaluated
from .._rule import Parameter, Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


COMMON: Final = "AWSManagedRulesCommonRuleSet"
KNOWN: Final = "AWSManagedRulesKnownBadInputsRuleSet"


def _rule(name: str, override: str = "none") -> dict[str, object]:
    statement = {"managedRuleGroupStatement": {"vendorName": "AWS", "name": name}}
    return {"name": name, "statement": statement, "overrideAction": {override: {}}}


def _acl(*rules: dict[str, object]) -> Node:
    return Node(ACL, "edge", {"rules": list(rules)})


@stack_rule(
    id="waf-managed-groups",
    title="Web ACLs block what AWS's managed groups know",
    severity=Severity.MEDIUM,
    fix="Add the managed rule groups, with override_action none; count single rules in them where you must.",
    sources=("checkov:CKV_AWS_192", "checkov:CKV2_AWS_77"),
    frameworks=("NIST 800-53:SI-3", "NIST 800-53:SC-7"),
    parameters={"groups": Parameter((COMMON, KNOWN), "Managed groups that must be there and block.")},
    ok=(
        Together((_acl(_rule(COMMON), _rule(KNOWN)),)),
        Together((_acl(_rule(COMMON)),), {"groups": [COMMON]}),
        Together(
            (
                _acl(_rule(COMMON)),
                Node(ACL_GROUP, "known", {"managedRuleGroup": {"name": KNOWN}}, {"webAclArn": "edge"}),
            )
        ),
    ),
    bad=(
        Together((_acl(),)),
        Together((_acl(_rule(COMMON)),)),
        Together((_acl(_rule(COMMON), _rule(KNOWN, "count")),)),
    ),
)
def managed_groups(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for acl in stack.of(ACL):
        found = entries(stack, acl)
        if found is None:
            yield NotEvaluated(f"{acl.name}.rules")
            continue
        missing = set(acl.config["groups"]) - {one.group for one in found if one.acts}
        if missing and any(one.group is None for one in found):
            yield NotEvaluated(f"{acl.name}.rules")
            continue
        counting = {one.group for one in found if not one.acts}
        for name in sorted(missing):
            yield acl, f"{name} {'only counts' if name in counting else 'is not there'}"

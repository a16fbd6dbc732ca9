"""A firewall before nothing is paid for, and somebody believes to be protected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._firewall import ACL
from .._rule import Severity, stack_rule
from .._stack import Node, Together
from .._used import used

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._stack import Member, Stack


ASSOCIATION: Final = "aws:wafv2/webAclAssociation:WebAclAssociation"
# What takes an ACL itself -> the property.
TAKERS: Final[Mapping[str, str]] = {
    ASSOCIATION: "webAclArn",
    "aws:cloudfront/distribution:Distribution": "webAclId",
    "aws:fms/policy:Policy": "securityServicePolicyData",
}
EDGE: Final = Node(ACL, "edge", {"scope": "REGIONAL"})


@stack_rule(
    id="waf-protects-something",
    title="Every web ACL stands before something",
    severity=Severity.MEDIUM,
    fix="Add a WebAclAssociation, or remove the ACL.",
    frameworks=("NIST 800-53:SC-7",),
    unique=True,
    ok=(
        Together((EDGE, Node(ASSOCIATION, "stage", sources={"webAclArn": "edge"}))),
        Together((EDGE, Node("aws:cloudfront/distribution:Distribution", "cdn", sources={"webAclId": "edge"}))),
    ),
    bad=(Together((EDGE,)), Together((EDGE, Node(ASSOCIATION, "stage", sources={"resourceArn": "edge"})))),
)
def protects_something(stack: Stack) -> Iterator[tuple[Member, str]]:
    protecting = {urn for kind, name in TAKERS.items() for urn in used(stack, kind, name)}
    for acl in stack.of(ACL):
        if acl.urn not in protecting:
            yield acl, "nothing stands behind this ACL"

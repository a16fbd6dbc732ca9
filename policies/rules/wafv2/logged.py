"""Only the log says which request a rule refused, and whether it was wrong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._firewall import ACL
from .._rule import Severity, stack_rule
from .._stack import Node, Together
from .._used import used

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


LOGGING: Final = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
EDGE: Final = Node(ACL, "edge")


@stack_rule(
    id="waf-logged",
    title="Every web ACL writes a log",
    severity=Severity.MEDIUM,
    fix="Add a WebAclLoggingConfiguration for the ACL.",
    sources=("FSBP:WAF.11", "checkov:CKV2_AWS_31", "prowler:wafv2_webacl_logging_enabled"),
    frameworks=("NIST 800-53:AU-12", "NIST 800-53:AC-4(26)"),
    ok=(Together(()), Together((EDGE, Node(LOGGING, "log", sources={"resourceArn": "edge"})))),
    bad=(Together((EDGE,)), Together((EDGE, Node(ACL, "b"), Node(LOGGING, "log", sources={"resourceArn": "b"})))),
)
def logged(stack: Stack) -> Iterator[tuple[Member, str]]:
    covered = used(stack, LOGGING, "resourceArn")
    for acl in stack.of(ACL):
        if acl.urn not in covered:
            yield acl, "no WebAclLoggingConfiguration is for this ACL"

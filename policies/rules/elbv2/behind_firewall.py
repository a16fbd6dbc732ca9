"""What faces the internet is attacked with what is known; a firewall refuses that before a target sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._balancers import BALANCERS
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._scalars import is_true
from .._stack import Node, Together
from .._used import used

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


ASSOCIATION: Final = "aws:wafv2/webAclAssociation:WebAclAssociation"
WEB: Final = Node(BALANCERS[0], "web")


@stack_rule(
    id="elb-behind-firewall",
    title="Public application load balancers stand behind a web application firewall",
    severity=Severity.MEDIUM,
    fix="Add a WebAclAssociation for the load balancer.",
    sources=("FSBP:ELB.16", "checkov:CKV2_AWS_28", "prowler:elbv2_waf_acl_attached"),
    frameworks=("NIST 800-53:AC-4(21)",),
    ok=(
        Together((WEB, Node(ASSOCIATION, "wall", sources={"resourceArn": "web"}))),
        Together((Node(BALANCERS[1], "inside", {"internal": True}),)),
        Together((Node(BALANCERS[0], "tcp", {"loadBalancerType": "network"}),)),
    ),
    bad=(Together((WEB,)), Together((Node(BALANCERS[1], "web", {"internal": False}),))),
)
def behind_firewall(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    guarded = used(stack, ASSOCIATION, "resourceArn")
    for balancer in (one for kind in BALANCERS for one in stack.of(kind)):
        kind, inside = balancer.peek("loadBalancerType"), balancer.peek("internal")
        if balancer.urn in guarded or is_true(inside) or kind in ("network", "gateway"):
            continue
        if UNKNOWN in (kind, inside):
            yield NotEvaluated(f"{balancer.name}.internal")
        else:
            yield balancer, "it faces the internet, and no WebAclAssociation is for it"

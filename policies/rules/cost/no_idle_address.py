"""An elastic address that nothing uses is billed by the hour, like one in use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._joined import joined
from .._resource import NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

ADDRESS: Final = "aws:ec2/eip:Eip"
GATEWAY: Final = "aws:ec2/natGateway:NatGateway"
# What uses an address, and the property that says which.
USERS: Final = {
    GATEWAY: "allocationId",
    "aws:ec2/eipAssociation:EipAssociation": "allocationId",
    "aws:lb/loadBalancer:LoadBalancer": "subnetMappings",
    "aws:alb/loadBalancer:LoadBalancer": "subnetMappings",
}
OWN: Final = Node(ADDRESS, "out", {"domain": "vpc"})


@stack_rule(
    id="cost-no-idle-address",
    title="Every elastic address is in use",
    severity=Severity.LOW,
    fix="Attach the address, or remove it.",
    unique=True,
    ok=(
        Together((OWN, Node(GATEWAY, "nat", {}, {"allocationId": "out"}))),
        Together((Node(ADDRESS, "out", {"instance": "i-1"}),)),
    ),
    bad=(Together((OWN,)), Together((OWN, Node(GATEWAY, "nat", {"allocationId": "eipalloc-1"})))),
)
def no_idle_address(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for address in stack.of(ADDRESS):
        if address.is_set("instance") or address.is_set("networkInterface"):
            continue
        answers = {joined(one, path, address, "id") for kind, path in USERS.items() for one in stack.of(kind)}
        if True not in answers and None in answers:
            yield NotEvaluated("allocationId")
        elif True not in answers:
            yield address, "nothing uses it"

"""An endpoint's private names work only in a VPC that resolves and hands out names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._scalars import is_true
from .._stack import Node, Together
from .._used import sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


VPC: Final = "aws:ec2/vpc:Vpc"
ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
NAMED: Final = Node(ENDPOINT, "sns", {"privateDnsEnabled": True}, {"vpcId": "vpc"})
BOTH: Final = {"enableDnsHostnames": True, "enableDnsSupport": True}


@stack_rule(
    id="ec2-endpoint-names-resolve",
    title="VPCs of endpoints with private names have DNS support and host names",
    severity=Severity.MEDIUM,
    fix="Set enable_dns_support and enable_dns_hostnames of the VPC to true.",
    unique=True,
    ok=(
        Together((Node(VPC, "vpc"),)),
        Together((Node(VPC, "vpc", BOTH), NAMED)),
        # A VPC resolves names unless it is told not to.
        Together((Node(VPC, "vpc", {"enableDnsHostnames": True}), NAMED)),
        Together((Node(VPC, "vpc"), Node(ENDPOINT, "s3", {"privateDnsEnabled": False}, {"vpcId": "vpc"}))),
    ),
    bad=(
        Together((Node(VPC, "vpc"), NAMED)),
        Together((Node(VPC, "vpc", BOTH | {"enableDnsSupport": False}), NAMED)),
    ),
)
def endpoint_names_resolve(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    named, maybe = set[str](), set[str]()
    for endpoint in stack.of(ENDPOINT):
        private = endpoint.peek("privateDnsEnabled")
        if private is UNKNOWN:
            maybe |= sources_of(endpoint, "vpcId")
        elif is_true(private):
            named |= sources_of(endpoint, "vpcId")
    for vpc in stack.of(VPC):
        for switch, default in (("enableDnsSupport", True), ("enableDnsHostnames", False)):
            value = vpc.peek(switch)
            on = default if value is None else is_true(value)
            if vpc.urn in named | maybe and (value is UNKNOWN or (not on and vpc.urn not in named)):
                yield NotEvaluated(f"{vpc.name}.{switch}")
            elif vpc.urn in named and not on:
                yield vpc, f"{switch} is not true, and an endpoint with private names lies here"

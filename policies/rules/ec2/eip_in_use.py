"""A public address that nothing uses is paid by the hour, and may stand on somebody's allow-list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together
from .._used import given, used

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._stack import Member, Stack


EIP: Final = "aws:ec2/eip:Eip"
# What an address is given to -> the properties that take it.
HOLDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:ec2/natGateway:NatGateway": ("allocationId", "secondaryAllocationIds", "availabilityZoneAddresses"),
    "aws:ec2/natGatewayEipAssociation:NatGatewayEipAssociation": ("allocationId",),
    "aws:ec2/eipAssociation:EipAssociation": ("allocationId", "publicIp"),
    "aws:lb/loadBalancer:LoadBalancer": ("subnetMappings",),
    "aws:alb/loadBalancer:LoadBalancer": ("subnetMappings",),
    "aws:transfer/server:Server": ("endpointDetails",),
}
ONE: Final = Node(EIP, "address")


@stack_rule(
    id="ec2-eip-in-use",
    title="Every public address is used",
    severity=Severity.LOW,
    fix="Remove the address, or attach it.",
    sources=("FSBP:EC2.12", "checkov:CKV2_AWS_19", "prowler:ec2_elastic_ip_unassigned"),
    frameworks=("NIST 800-53:CM-8(1)",),
    ok=(
        Together((ONE, Node("aws:ec2/natGateway:NatGateway", "nat", sources={"allocationId": "address"}))),
        Together((Node("aws:ec2/instance:Instance", "host"), Node(EIP, "address", sources={"instance": "host"}))),
        Together((Node(EIP, "address", {"networkInterface": "eni-1"}),)),
    ),
    bad=(
        Together((ONE,)),
        Together((ONE, Node("aws:ssm/parameter:Parameter", "note", sources={"value": "address"}))),
    ),
)
def eip_in_use(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    held = {urn for kind, names in HOLDERS.items() for urn in used(stack, kind, *names)}
    for address in stack.of(EIP):
        attached = [given(address, name) for name in ("instance", "networkInterface")]
        if address.urn in held or True in attached:
            continue
        if None in attached:
            yield NotEvaluated(f"{address.name}.instance")
        else:
            yield address, "nothing uses this address"

"""A VPC whose subnets lie in one zone is down when that zone is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Parameter, Severity, stack_rule
from .._stack import Node, Together
from .._used import sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


VPC: Final = "aws:ec2/vpc:Vpc"
SUBNET: Final = "aws:ec2/subnet:Subnet"


def _subnets(*zones: str) -> tuple[Node, ...]:
    subnets = (Node(SUBNET, f"{zone}-net", {"availabilityZone": zone}, {"vpcId": "vpc"}) for zone in zones)
    return (Node(VPC, "vpc"), *subnets)


@stack_rule(
    id="ec2-zones",
    title="Subnets of a VPC lie in several zones",
    severity=Severity.MEDIUM,
    fix="Set networking.zones to the number of zones that is asked for.",
    sources=("prowler:vpc_subnet_different_az",),
    frameworks=("NIST 800-53:CP-10", "NIST 800-53:SC-36"),
    parameters={"least": Parameter(1, "Fewest zones of a VPC that has subnets; production asks for 2 or more.")},
    ok=(
        Together((Node(VPC, "vpc"),), {"least": 2}),
        Together(_subnets("eu-central-1a")),
        Together(_subnets("eu-central-1a", "eu-central-1b"), {"least": 2}),
    ),
    bad=(
        Together(_subnets("eu-central-1a"), {"least": 2}),
        Together(_subnets("eu-central-1a", "eu-central-1b"), {"least": 3}),
    ),
)
def zones(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for vpc in stack.of(VPC):
        subnets = [one for one in stack.of(SUBNET) if vpc.urn in sources_of(one, "vpcId")]
        found = [one.peek("availabilityZone") or one.peek("availabilityZoneId") for one in subnets]
        count, least = len({one for one in found if isinstance(one, str)}), int(vpc.config["least"])
        if not found or count >= least:
            continue
        if UNKNOWN in found:
            yield NotEvaluated("availabilityZone")
        else:
            yield vpc, f"number of zones that its subnets lie in: {count}, at least {least} are asked for"

"""AWS makes each VPC a default security group whose members reach each other; only adopting it closes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._ports import DEFAULT_GROUP
from .._rule import Severity, stack_rule
from .._stack import Node, Together
from .._used import used

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import NotEvaluated
    from .._stack import Member, Stack


VPC: Final = "aws:ec2/vpc:Vpc"
OWN: Final = Node(VPC, "vpc")


@stack_rule(
    id="ec2-default-group-managed",
    title="Every VPC has its default security group closed by the program",
    severity=Severity.HIGH,
    fix="Add a DefaultSecurityGroup without rules for the VPC.",
    sources=("FSBP:EC2.2", "checkov:CKV2_AWS_12", "trivy:AVD-AWS-0173"),
    frameworks=("CIS AWS 3.0:5.4", "NIST 800-53:SC-7"),
    ok=(Together(()), Together((OWN, Node(DEFAULT_GROUP, "default", sources={"vpcId": "vpc"})))),
    bad=(
        Together((OWN,)),
        Together((OWN, Node(VPC, "other"), Node(DEFAULT_GROUP, "default", sources={"vpcId": "other"}))),
    ),
)
def default_group_managed(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    closed = used(stack, DEFAULT_GROUP, "vpcId")
    for vpc in stack.of(VPC):
        if vpc.urn not in closed:
            yield vpc, "no DefaultSecurityGroup adopts this VPC's default group"

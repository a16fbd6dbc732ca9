"""Without a flow log nobody can say who talked to whom when something has happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, stack_rule
from .._stack import Node, Together
from .._used import used

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import NotEvaluated
    from .._stack import Member, Stack


VPC: Final = "aws:ec2/vpc:Vpc"
FLOW: Final = "aws:ec2/flowLog:FlowLog"
OWN: Final = Node(VPC, "vpc")


@stack_rule(
    id="ec2-flow-log-present",
    title="Every VPC has a flow log",
    severity=Severity.MEDIUM,
    fix="Add a FlowLog for the VPC.",
    sources=(
        "FSBP:EC2.6",
        "cdk-nag:AwsSolutions-VPC7",
        "checkov:CKV2_AWS_11",
        "trivy:AVD-AWS-0178",
        "prowler:vpc_flow_logs_enabled",
    ),
    frameworks=("CIS AWS 3.0:3.7", "NIST 800-53:AU-12", "NIST 800-53:AC-4(26)"),
    ok=(Together(()), Together((OWN, Node(FLOW, "flow", sources={"vpcId": "vpc"})))),
    bad=(
        Together((OWN,)),
        Together((OWN, Node("aws:ec2/subnet:Subnet", "a"), Node(FLOW, "flow", sources={"subnetId": "a"}))),
    ),
)
def flow_log_present(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    logged = used(stack, FLOW, "vpcId")
    for vpc in stack.of(VPC):
        if vpc.urn not in logged:
            yield vpc, "no FlowLog is for this VPC"

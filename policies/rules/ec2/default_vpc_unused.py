"""The default VPC hands out public addresses, and is the same in every account that somebody attacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


DEFAULT: Final = "aws:ec2/defaultVpc:DefaultVpc"


@stack_rule(
    id="ec2-default-vpc-unused",
    title="Nothing runs in the default VPC",
    severity=Severity.HIGH,
    fix="Make a VPC of your own, or name one that was made for this.",
    sources=("checkov:CKV_AWS_148", "trivy:AVD-AWS-0101"),
    frameworks=("NIST 800-53:SC-7",),
    ok=(Together((Node("aws:ec2/vpc:Vpc", "vpc"),)),),
    bad=(Together((Node(DEFAULT, "default"),)),),
)
def default_vpc_unused(stack: Stack) -> Iterator[tuple[Member, str]]:
    for vpc in stack.of(DEFAULT):
        yield vpc, "the program uses the account's default VPC"

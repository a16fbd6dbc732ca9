"""Whatever names no security group gets the default one, so the default one must let nothing through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._ports import DEFAULT_GROUP
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="ec2-default-group-closed",
    title="The default security group has no rules",
    applies_to=DEFAULT_GROUP,
    severity=Severity.HIGH,
    fix="Remove ingress and egress of the DefaultSecurityGroup.",
    sources=(
        "FSBP:EC2.2",
        "checkov:CKV2_AWS_12",
        "trivy:AVD-AWS-0173",
        "prowler:ec2_securitygroup_default_restrict_traffic",
    ),
    frameworks=("CIS AWS 3.0:5.4", "NIST 800-53:SC-7"),
    ok=({"vpcId": "vpc-1"}, {"vpcId": "vpc-1", "ingress": [], "egress": []}),
    bad=(
        {"ingress": [{"protocol": "-1", "self": True, "fromPort": 0, "toPort": 0}]},
        {"egress": [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/8"]}]},
    ),
)
def default_group_closed(group: Resource) -> Iterator[str | NotEvaluated]:
    for direction in ("ingress", "egress"):
        if group.peek(direction) is UNKNOWN:
            yield NotEvaluated(direction)
        elif count := sum(1 for _ in group.each(direction)):
            yield f"{direction} has {count} rule{'s' if count > 1 else ''}"

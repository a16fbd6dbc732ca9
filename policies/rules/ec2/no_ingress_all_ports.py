"""A group that lets the internet in on every port protects nothing that stands behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._ports import DEFAULT_GROUP, INBOUND, INGRESS, RULE, openings
from .._resource import NotEvaluated
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="ec2-no-ingress-all-ports",
    title="No security group lets the internet in on all ports",
    applies_to=INBOUND,
    severity=Severity.CRITICAL,
    fix="Name the ports and who may connect: another security group, or a range of your own.",
    sources=(
        "checkov:CKV_AWS_277",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_all_ports",
    ),
    frameworks=("CIS AWS 3.0:5.2", "CIS AWS 3.0:5.3", "NIST 800-53:SC-7"),
    ok=(
        {},
        {"ingress": [{"protocol": "-1", "cidrBlocks": ["10.0.0.0/8"]}]},
        {"ingress": [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}]},
        Of({"type": "egress", "protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}, RULE),
        Of({"ipProtocol": "-1", "referencedSecurityGroupId": "sg-1"}, INGRESS),
    ),
    bad=(
        {"ingress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}]},
        {"ingress": {"protocol": "tcp", "fromPort": 0, "toPort": 65535, "ipv6CidrBlocks": ["::/0"]}},
        Of({"type": "ingress", "protocol": "all", "cidrBlocks": ["10.0.0.0/8", "0.0.0.0/0"]}, RULE),
        Of({"ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"}, INGRESS),
        Of({"ipProtocol": "-1", "cidrIpv4": "128.0.0.0/1"}, INGRESS),
        Of({"ingress": [{"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}]}, DEFAULT_GROUP),
    ),
)
def no_ingress_all_ports(group: Resource) -> Iterator[str | NotEvaluated]:
    for one in openings(group, "ingress"):
        if isinstance(one, NotEvaluated):
            yield one
        elif one.whole:
            yield f"{one.place} may connect to all ports{f' by {one.path}' if one.path else ''}"

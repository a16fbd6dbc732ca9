"""Ports that administer machines or hold data are tried from everywhere within minutes of being open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._ports import INBOUND, INGRESS, RISKY, RULE, openings
from .._resource import Found, NotEvaluated
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="ec2-no-ingress-risky-ports",
    title="No security group opens administration or data ports to the internet",
    applies_to=INBOUND,
    severity=Severity.CRITICAL,
    fix="Let only a security group or a range of your own connect to the port; use Session Manager for administration.",
    sources=(
        "FSBP:EC2.13",
        "FSBP:EC2.14",
        "FSBP:EC2.19",
        "checkov:CKV_AWS_24",
        "checkov:CKV_AWS_25",
        "trivy:AVD-AWS-0107",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_high_risk_tcp_ports",
    ),
    frameworks=("CIS AWS 3.0:5.2", "CIS AWS 3.0:5.3", "NIST 800-53:SC-7"),
    parameters={"more_ports": Parameter((), "Further ports that are never open to the internet.")},
    ok=(
        {},
        {"ingress": [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}]},
        {"ingress": [{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["10.1.0.0/16"]}]},
        Of({"ipProtocol": "icmp", "fromPort": 0, "toPort": 30, "cidrIpv4": "0.0.0.0/0"}, INGRESS),
        Of({"type": "ingress", "protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["10.0.0.0/8"]}, RULE),
    ),
    bad=(
        {"ingress": [{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/0"]}]},
        {"ingress": [{"protocol": "tcp", "fromPort": "3000", "toPort": "4000", "ipv6CidrBlocks": ["::/0"]}]},
        Of({"type": "ingress", "protocol": "6", "fromPort": 5432, "toPort": 5432, "cidrBlocks": ["0.0.0.0/0"]}, RULE),
        Of({"ipProtocol": "tcp", "fromPort": 3389, "toPort": 3389, "cidrIpv6": "::/0"}, INGRESS),
        Of(
            {"ipProtocol": "tcp", "fromPort": 8080, "toPort": 8080, "cidrIpv4": "0.0.0.0/0"},
            INGRESS,
            {"more_ports": ["8080"]},
        ),
    ),
)
def no_ingress_risky_ports(group: Resource) -> Iterator[Found | NotEvaluated]:
    more = {int(port): "a port of your list" for port in group.config["more_ports"] if str(port).isdecimal()}
    for one in openings(group, "ingress"):
        if isinstance(one, NotEvaluated):
            yield one
        elif one.ported and not one.whole:  # all ports at once are another rule's finding
            for port, what in sorted((more | dict(RISKY)).items()):
                if one.first <= port <= one.last:
                    yield Found(str(port), f"{one.place} may connect to port {port} ({what})")

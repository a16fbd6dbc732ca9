"""What is meant for the internet is served on few ports; any other open one was left open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._ports import INBOUND, INGRESS, RISKY, RULE, openings
from .._resource import Found, NotEvaluated
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="ec2-ingress-authorised-ports",
    title="The internet may connect to authorised ports only",
    applies_to=INBOUND,
    severity=Severity.HIGH,
    fix="Close the port to the internet, or add it to the parameter `ports` with the reason in your profile.",
    sources=("FSBP:EC2.18", "cdk-nag:AwsSolutions-EC23", "checkov:CKV_AWS_260"),
    frameworks=("NIST 800-53:SC-7", "NIST 800-53:AC-4"),
    parameters={"ports": Parameter(("443",), "Ports that may be open to the internet.")},
    ok=(
        {"ingress": [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}]},
        Of({"ipProtocol": "tcp", "fromPort": 80, "toPort": 80, "cidrIpv4": "0.0.0.0/0"}, INGRESS, {"ports": ["80"]}),
        Of({"ipProtocol": "tcp", "fromPort": 8443, "toPort": 8443, "cidrIpv4": "10.0.0.0/8"}, INGRESS),
    ),
    bad=(
        {"ingress": [{"protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrBlocks": ["0.0.0.0/0"]}]},
        {"ingress": [{"protocol": "icmp", "fromPort": 8, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}]},
        Of({"type": "ingress", "protocol": "tcp", "fromPort": 8000, "toPort": 8010, "cidrBlocks": ["0.0.0.0/0"]}, RULE),
        Of({"ipProtocol": "udp", "fromPort": 53, "toPort": 53, "cidrIpv6": "::/0"}, INGRESS),
    ),
)
def ingress_authorised_ports(group: Resource) -> Iterator[Found | NotEvaluated]:
    allowed = {int(port) for port in group.config["ports"] if str(port).isdecimal()}
    for one in openings(group, "ingress"):
        if isinstance(one, NotEvaluated):
            yield one
        elif one.whole or (one.ported and any(one.first <= port <= one.last for port in RISKY)):
            continue  # findings of the two rules about those
        elif not one.ported or not set(range(one.first, one.last + 1)) <= allowed:
            yield Found(str(one), f"{one.place} may connect to {one}")

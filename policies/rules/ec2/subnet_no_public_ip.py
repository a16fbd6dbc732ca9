"""A subnet that hands out public addresses puts whatever starts in it on the internet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="ec2-subnet-no-public-ip",
    title="Subnets hand out no public addresses",
    applies_to=("aws:ec2/subnet:Subnet", "aws:ec2/defaultSubnet:DefaultSubnet"),
    severity=Severity.MEDIUM,
    fix="Set map_public_ip_on_launch to false.",
    sources=(
        "FSBP:EC2.15",
        "checkov:CKV_AWS_130",
        "trivy:AVD-AWS-0164",
        "prowler:vpc_subnet_no_public_ip_by_default",
    ),
    frameworks=("NIST 800-53:AC-21", "NIST 800-53:SC-7"),
    ok=(
        {"cidrBlock": "10.0.0.0/24"},
        {"mapPublicIpOnLaunch": False},
        Of({"mapPublicIpOnLaunch": False}, "aws:ec2/defaultSubnet:DefaultSubnet"),
    ),
    bad=(
        {"mapPublicIpOnLaunch": True},
        {"mapPublicIpOnLaunch": "true"},
        # A default subnet hands them out unless it is told not to.
        Of({"availabilityZone": "eu-central-1a"}, "aws:ec2/defaultSubnet:DefaultSubnet"),
    ),
)
def subnet_no_public_ip(subnet: Resource) -> Iterator[str]:
    value = subnet.known("mapPublicIpOnLaunch")
    if is_true(value):
        yield "mapPublicIpOnLaunch is true"
    elif value is None and "default" in subnet.type:
        yield "mapPublicIpOnLaunch is not set, and a default subnet's own is true"

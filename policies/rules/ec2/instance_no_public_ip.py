"""An instance with a public address is one forgotten rule away from the internet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"


@rule(
    id="ec2-instance-no-public-ip",
    title="Instances have no public address",
    applies_to=("aws:ec2/instance:Instance", TEMPLATE, "aws:ec2/launchConfiguration:LaunchConfiguration"),
    severity=Severity.HIGH,
    fix="Set associate_public_ip_address to false; reach the instance through a load balancer or Session Manager.",
    sources=(
        "FSBP:EC2.9",
        "FSBP:EC2.25",
        "checkov:CKV_AWS_88",
        "checkov:CKV_AWS_389",
        "trivy:AVD-AWS-0009",
        "prowler:ec2_instance_public_ip",
    ),
    frameworks=("NIST 800-53:AC-21", "NIST 800-53:SC-7"),
    ok=({}, {"associatePublicIpAddress": False}, Of({"networkInterfaces": [{"deviceIndex": 0}]}, TEMPLATE)),
    bad=(
        {"associatePublicIpAddress": True},
        Of({"networkInterfaces": [{"associatePublicIpAddress": "true"}]}, TEMPLATE),
    ),
)
def instance_no_public_ip(instance: Resource) -> Iterator[str]:
    paths = ["associatePublicIpAddress"]
    if instance.type == TEMPLATE:
        paths = [f"{path}.associatePublicIpAddress" for path in instance.each("networkInterfaces")]
    for path in paths:
        if is_true(instance.known(path)):
            yield f"{path} is true"

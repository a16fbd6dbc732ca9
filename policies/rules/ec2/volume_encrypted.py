"""A volume that is not encrypted can be read from its snapshot by whoever gets one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


VOLUME: Final = "aws:ebs/volume:Volume"
TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"


@rule(
    id="ec2-volume-encrypted",
    title="Volumes are encrypted",
    applies_to=("aws:ec2/instance:Instance", VOLUME, TEMPLATE),
    severity=Severity.HIGH,
    fix="Set encrypted to true.",
    sources=(
        "FSBP:EC2.3",
        "cdk-nag:AwsSolutions-EC26",
        "checkov:CKV_AWS_8",
        "trivy:AVD-AWS-0026",
        "trivy:AVD-AWS-0131",
        "prowler:ec2_ebs_volume_encryption",
    ),
    frameworks=("CIS AWS 3.0:2.2.1", "NIST 800-53:SC-28"),
    ok=(
        {"rootBlockDevice": {"encrypted": True}, "ebsBlockDevices": [{"encrypted": True}]},
        Of({"encrypted": True}, VOLUME),
        Of({"blockDeviceMappings": [{"ebs": {"encrypted": "true"}}, {"noDevice": "xvdb"}]}, TEMPLATE),
        Of({}, TEMPLATE),
    ),
    bad=(
        {},
        {"rootBlockDevice": {"volumeSize": 8}},
        {"rootBlockDevice": {"encrypted": True}, "ebsBlockDevices": [{"deviceName": "xvdb"}]},
        Of({"size": 8}, VOLUME),
        Of({"blockDeviceMappings": [{"ebs": {"volumeSize": 8}}]}, TEMPLATE),
    ),
)
def volume_encrypted(volume: Resource) -> Iterator[str]:
    if volume.type == VOLUME:
        paths = ["encrypted"]
    elif volume.type == TEMPLATE:
        disks = volume.each("blockDeviceMappings")
        paths = [f"{path}.ebs.encrypted" for path in disks if volume.known(f"{path}.ebs") is not None]
    else:
        paths = ["rootBlockDevice.encrypted", *(f"{path}.encrypted" for path in volume.each("ebsBlockDevices"))]
    for path in paths:
        if not is_true(volume.known(path)):
            yield f"{path} is not true"

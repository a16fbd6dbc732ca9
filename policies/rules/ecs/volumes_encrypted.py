"""A file system that is mounted without encryption sends its files through the network as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._containers import TASK
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="ecs-volumes-encrypted",
    title="Tasks mount file systems encrypted",
    applies_to=TASK,
    severity=Severity.MEDIUM,
    fix="Set efs_volume_configuration.transit_encryption to ENABLED.",
    sources=("checkov:CKV_AWS_97", "trivy:AVD-AWS-0035"),
    frameworks=("NIST 800-53:SC-8",),
    ok=(
        {},
        {"volumes": [{"name": "tmp"}]},
        {"volumes": [{"name": "data", "efsVolumeConfiguration": {"transitEncryption": "ENABLED"}}]},
    ),
    bad=(
        {"volumes": [{"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]},
        {"volumes": {"name": "data", "efsVolumeConfiguration": {"transitEncryption": "DISABLED"}}},
    ),
)
def volumes_encrypted(task: Resource) -> Iterator[str]:
    for at in task.each("volumes"):
        path = f"{at}.efsVolumeConfiguration"
        if task.known(path) is not None and task.text(f"{path}.transitEncryption") != "ENABLED":
            yield f"{path}.transitEncryption is not ENABLED"

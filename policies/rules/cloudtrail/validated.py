"""Only with digests can it be shown that no file of the trail was changed or removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule
from .._where import is_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cloudtrail-validated",
    title="Trails write digests of their files",
    applies_to="aws:cloudtrail/trail:Trail",
    severity=Severity.MEDIUM,
    fix="Set enable_log_file_validation.",
    sources=(
        "FSBP:CloudTrail.4",
        "checkov:CKV_AWS_36",
        "trivy:AVD-AWS-0016",
        "prowler:cloudtrail_log_file_validation_enabled",
    ),
    frameworks=("CIS AWS 3.0:3.2", "NIST 800-53:AU-9", "NIST 800-53:SI-7"),
    ok=({"enableLogFileValidation": True},),
    bad=({}, {"enableLogFileValidation": False}),
)
def validated(trail: Resource) -> Iterator[str]:
    if not is_on(trail, "enableLogFileValidation"):
        yield "enableLogFileValidation is not on"

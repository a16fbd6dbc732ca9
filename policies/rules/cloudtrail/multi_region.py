"""Whoever breaks in works in a region that nobody looks at; a trail of all regions looks there too.

An account has one such trail, which seldom belongs to a program's stack: that is why it is not asked for by default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule
from .._where import HERE, NOWHERE, asked_here, is_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

TRAIL: Final = "aws:cloudtrail/trail:Trail"


@rule(
    id="cloudtrail-multi-region",
    title="Trails cover all regions and global services",
    applies_to=TRAIL,
    severity=Severity.MEDIUM,
    fix="Set is_multi_region_trail, and leave include_global_service_events on.",
    sources=(
        "FSBP:CloudTrail.1",
        "checkov:CKV_AWS_67",
        "trivy:AVD-AWS-0014",
        "prowler:cloudtrail_multi_region_enabled",
    ),
    frameworks=("CIS AWS 3.0:3.1", "NIST 800-53:AU-2", "NIST 800-53:AU-12"),
    parameters={"stacks": NOWHERE},
    ok=(
        Of({"isMultiRegionTrail": True}, TRAIL, HERE),
        Of({"isMultiRegionTrail": True, "includeGlobalServiceEvents": True}, TRAIL, HERE),
        {},
    ),
    bad=(
        Of({}, TRAIL, HERE),
        Of({"isMultiRegionTrail": False}, TRAIL, HERE),
        Of({"isMultiRegionTrail": True, "includeGlobalServiceEvents": False}, TRAIL, HERE),
    ),
)
def multi_region(trail: Resource) -> Iterator[str]:
    if not asked_here(trail):
        return
    if not is_on(trail, "isMultiRegionTrail"):
        yield "isMultiRegionTrail is not on"
    if trail.known("includeGlobalServiceEvents") in (False, "false"):
        yield "includeGlobalServiceEvents is off"

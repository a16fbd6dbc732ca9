"""An access point is a second door to a bucket, with a public access block of its own that cannot be added later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

SWITCHES: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
BLOCK: Final = "publicAccessBlockConfiguration"


@rule(
    id="s3-access-point-blocked",
    title="Access points block public access",
    applies_to="aws:s3/accessPoint:AccessPoint",
    severity=Severity.CRITICAL,
    fix=f"Leave {BLOCK} out, or set all of its switches.",
    sources=("FSBP:S3.19", "checkov:CKV_AWS_392", "prowler:s3_access_point_public_access_block"),
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:SC-7"),
    ok=({}, {BLOCK: {}}, {BLOCK: dict.fromkeys(SWITCHES, True)}),
    bad=({BLOCK: {"blockPublicPolicy": False}}, {BLOCK: {"blockPublicAcls": "false"}}),
)
def access_point_blocked(point: Resource) -> Iterator[str]:
    # What is not set is on, as AWS has it for a new access point.
    off = [switch for switch in SWITCHES if point.known(f"{BLOCK}.{switch}") in (False, "false")]
    if off:
        yield f"switched off: {', '.join(off)}"

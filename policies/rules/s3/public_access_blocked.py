"""The four switches together are the only state in which no ACL and no policy can open a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._resource import Resource, Value

SWITCHES: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
ALL: Final = dict.fromkeys(SWITCHES, True)


def switched_on(block: Resource) -> Mapping[str, Value] | None:
    """The switches that are off, on: a bucket that must be public has no block of its own."""
    return {switch: True for switch in SWITCHES if block.known(switch) is not True} or None


@rule(
    id="s3-public-access-blocked",
    title="A bucket's public access block has all four switches on",
    applies_to=(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
    ),
    severity=Severity.CRITICAL,
    fix=f"Set {', '.join(SWITCHES)} to true.",
    sources=(
        "cdk-nag:AwsSolutions-S2",
        "FSBP:S3.1",
        "FSBP:S3.8",
        "checkov:CKV_AWS_53",
        "checkov:CKV_AWS_54",
        "checkov:CKV_AWS_55",
        "checkov:CKV_AWS_56",
        "trivy:AVD-AWS-0086",
        "trivy:AVD-AWS-0087",
        "trivy:AVD-AWS-0091",
        "trivy:AVD-AWS-0093",
    ),
    ok=(ALL,),
    remedy=switched_on,
    bad=({}, ALL | {"blockPublicPolicy": False}, {"blockPublicAcls": True}),
)
def public_access_blocked(block: Resource) -> Iterator[str]:
    off = [switch for switch in SWITCHES if block.known(switch) is not True]
    if off:
        yield f"not switched on: {', '.join(off)}"

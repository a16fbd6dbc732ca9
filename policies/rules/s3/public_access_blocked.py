"""The four switches together are the only state in which no ACL and no policy can open a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

SWITCHES: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
ALL: Final = dict.fromkeys(SWITCHES, True)


@rule(
    id="s3-public-access-blocked",
    title="A bucket's public access block has all four switches on",
    applies_to=(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
    ),
    severity=Severity.CRITICAL,
    fix=f"Set {', '.join(SWITCHES)} to true.",
    sources=("cdk-nag:AwsSolutions-S2", "FSBP:S3.8", "checkov:CKV_AWS_53", "checkov:CKV_AWS_56"),
    ok=(ALL,),
    bad=({}, ALL | {"blockPublicPolicy": False}, {"blockPublicAcls": True}),
)
def public_access_blocked(block: Resource) -> Iterator[str]:
    off = [switch for switch in SWITCHES if block.known(switch) is not True]
    if off:
        yield f"not switched on: {', '.join(off)}"

"""A public ACL exposes every object of the bucket, whatever its policy says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._buckets import BUCKETS, kinds
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

PUBLIC: Final = {"public-read", "public-read-write", "authenticated-read"}
BUCKET: Final = next(iter(BUCKETS))


@rule(
    id="s3-no-public-acl",
    title="Buckets have no public ACL",
    applies_to=(*kinds("bucketAcl"), *BUCKETS),
    severity=Severity.CRITICAL,
    fix="Remove `acl`; serve public files through CloudFront.",
    sources=("cdk-nag:AwsSolutions-S2", "FSBP:S3.8", "checkov:CKV_AWS_20"),
    ok=({}, {"acl": "private"}, Of({}, BUCKET)),
    bad=({"acl": "public-read"}, {"acl": "authenticated-read"}, Of({"acl": "public-read-write"}, BUCKET)),
)
def no_public_acl(bucket: Resource) -> Iterator[str]:
    acl = bucket.text("acl")
    if acl in PUBLIC:
        yield f"acl is {acl!r}"

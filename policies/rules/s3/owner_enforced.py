"""With ACLs an object may belong to who wrote it, and the bucket's policy is not the whole truth.

AWS enforces the owner for a new bucket; only a program that asks for something else changes that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="s3-owner-enforced",
    title="Buckets have ACLs switched off",
    applies_to="aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    severity=Severity.MEDIUM,
    fix="Set object_ownership to BucketOwnerEnforced.",
    sources=("FSBP:S3.12", "checkov:CKV2_AWS_65", "prowler:s3_bucket_acl_prohibited"),
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:AC-6"),
    ok=({"rule": {"objectOwnership": "BucketOwnerEnforced"}},),
    bad=(
        {"rule": {"objectOwnership": "ObjectWriter"}},
        {"rule": {"objectOwnership": "BucketOwnerPreferred"}},
        {},
    ),
)
def owner_enforced(controls: Resource) -> Iterator[str]:
    ownership = controls.text("rule.objectOwnership")
    if ownership != "BucketOwnerEnforced":
        yield f"objectOwnership is {ownership or 'not set'}, so that ACLs count"

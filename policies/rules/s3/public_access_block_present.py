"""A bucket without a public access block of its own is one ACL or policy away from the internet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._buckets import DATA, LOGS, beside
from .._rule import Severity, stack_rule
from .._siblings import lacking
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

BOND: Final = beside("bucketPublicAccessBlock")
BLOCK: Final = next(iter(BOND.siblings))


@stack_rule(
    id="s3-public-access-block-present",
    title="Every bucket has a public access block",
    severity=Severity.HIGH,
    fix="Add a BucketPublicAccessBlock for the bucket.",
    sources=("cdk-nag:AwsSolutions-S2", "FSBP:S3.8", "checkov:CKV2_AWS_6", "trivy:AVD-AWS-0094"),
    frameworks=("CIS AWS 3.0:2.1.4", "NIST 800-53:AC-3", "NIST 800-53:SC-7"),
    ok=(
        Together(()),
        Together((DATA, Node(BLOCK, "block", sources={"bucket": "data"}))),
        Together((DATA, Node(BLOCK, "block", {"bucket": "qm-data-dev"}))),
    ),
    bad=(
        Together((DATA,)),
        Together((DATA, LOGS, Node(BLOCK, "block", sources={"bucket": "data"}))),
        Together((DATA, Node(BLOCK, "block", {"bucket": "another"}))),
    ),
)
def public_access_block_present(stack: Stack) -> Iterator[Answer]:
    yield from lacking(
        stack, BOND, lambda one: one.type in BOND.siblings, "no BucketPublicAccessBlock is for this bucket"
    )

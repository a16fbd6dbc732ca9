"""A bucket without a public access block of its own is one ACL or policy away from the internet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

BUCKET: Final = "aws:s3/bucket:Bucket"
BLOCK: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
DATA: Final = Node(BUCKET, "data", {"bucket": "qm-data-dev"})


@stack_rule(
    id="s3-public-access-block-present",
    title="Every bucket has a public access block",
    severity=Severity.HIGH,
    fix="Add a BucketPublicAccessBlock for the bucket.",
    sources=("cdk-nag:AwsSolutions-S2", "FSBP:S3.8", "checkov:CKV2_AWS_6"),
    ok=(
        Together(()),
        Together((DATA, Node(BLOCK, "block", sources={"bucket": "data"}))),
        Together((DATA, Node(BLOCK, "block", {"bucket": "qm-data-dev"}))),
    ),
    bad=(
        Together((DATA,)),
        Together((DATA, Node(BUCKET, "logs"), Node(BLOCK, "block", sources={"bucket": "data"}))),
        Together((DATA, Node(BLOCK, "block", {"bucket": "another"}))),
    ),
)
def public_access_block_present(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    blocks = stack.of(BLOCK)
    covered = {urn for block in blocks for urn in block.sources.get("bucket", ())}
    named = [block.peek("bucket") for block in blocks if not block.sources.get("bucket")]
    for bucket in stack.of(BUCKET):
        name = bucket.peek("bucket")
        if bucket.urn in covered or (name is not UNKNOWN and name is not None and name in named):
            continue
        if UNKNOWN in named or (name is UNKNOWN and named):
            yield NotEvaluated(f"{bucket.name}.bucket")
        else:
            yield bucket, "no BucketPublicAccessBlock is for this bucket"

"""Buckets and what stands beside them, in the types of today and the older ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._siblings import Bond, Kin
from ._stack import Node

if TYPE_CHECKING:
    from ._stack import Member, Stack

BUCKET: Final = "aws:s3/bucket:Bucket"
BUCKETS: Final = {BUCKET: "bucket", "aws:s3/bucketV2:BucketV2": "bucket"}
DATA: Final = Node(BUCKET, "data", {"bucket": "qm-data-dev"})  # of the examples
LOGS: Final = Node(BUCKET, "logs", {"bucket": "qm-logs-dev"})


def kinds(name: str) -> tuple[str, str]:
    """The type `aws:s3/<name>` and the older one, `V2`."""
    title = name[0].upper() + name[1:]
    return f"aws:s3/{name}:{title}", f"aws:s3/{name}V2:{title}V2"


POLICY: Final = kinds("bucketPolicy")[0]
LOGGING: Final = kinds("bucketLogging")
_LEADS: Final = {
    kind: "bucket"
    for name in (
        "bucketPolicy",
        "bucketPublicAccessBlock",
        "bucketOwnershipControls",
        "bucketVersioning",
        "bucketServerSideEncryptionConfiguration",
    )
    for kind in kinds(name)
}
LED_TO: Final = Bond(owners=BUCKETS, through=_LEADS)


def beside(name: str) -> Bond:
    """Buckets with those that configure one aspect of them."""
    return Bond(owners=BUCKETS, siblings=dict.fromkeys(kinds(name), "bucket"), through=_LEADS)


def log_targets(stack: Stack) -> tuple[frozenset[str], bool]:
    """URNs of the buckets that access logs go to, and whether there may be others."""
    kin = Kin(stack, LED_TO)
    pointed = [kin.of(one, "targetBucket") for one in stack.members if one.type in LOGGING]
    pointed += [kin.of(one, "logging", "logging.targetBucket") for one in kin.owners if one.peek("logging") is not None]
    return frozenset(urn for urns, _ in pointed for urn in urns), any(more for _, more in pointed)


def inline(bucket: Member, *paths: str) -> tuple[str, ...]:
    """The paths of what is set in the bucket itself, an object or a list."""
    return tuple(place for path in paths for place in bucket.each(path))

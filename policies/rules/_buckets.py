"""Buckets and what stands beside them, in the types of today and the older ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._resource import NotEvaluated
from ._siblings import Bond, Kin, holds, ties
from ._stack import Node

if TYPE_CHECKING:
    from ._resource import Resource
    from ._stack import Stack

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


def expire_within(stack: Stack, days: int) -> tuple[frozenset[str], frozenset[str]]:
    """URNs of the buckets whose every object is gone after so many days, and of those of which that may be so."""
    sure, perhaps = set(), set()
    for urn, its in ties(stack, beside("bucketLifecycleConfiguration")).items():
        verdicts = [holds(lambda one: _expires(one, days), one) for one in its.sure]
        if True in verdicts:
            sure.add(urn)
        elif its.perhaps or any(isinstance(one, NotEvaluated) for one in verdicts):
            perhaps.add(urn)
    return frozenset(sure), frozenset(perhaps)


def for_all_keys(lifecycle: Resource, path: str) -> bool:
    """Whether an enabled rule of a lifecycle is about every object. Raises NotKnownError."""
    narrow = lifecycle.text(f"{path}.prefix") or any(
        lifecycle.known(f"{path}.filter.{key}") for key in lifecycle.keys(f"{path}.filter")
    )
    return lifecycle.text(f"{path}.status") == "Enabled" and not narrow


def _expires(lifecycle: Resource, days: int) -> bool:
    return any(
        for_all_keys(lifecycle, path) and 0 < lifecycle.number(f"{path}.expiration.days") <= days
        for path in lifecycle.each("rules")
    )

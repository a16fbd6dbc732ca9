"""Whoever did what should not be seen deletes the trail's files; versions and locks keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._buckets import BUCKET, LED_TO, kinds
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._siblings import Bond, Kin, lacking
from .._stack import Node, Together
from .._where import is_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Member, Stack

TRAIL: Final = "aws:cloudtrail/trail:Trail"
VERSIONS: Final = kinds("bucketVersioning")
BOND: Final = Bond(owners=LED_TO.owners, siblings=dict.fromkeys(VERSIONS, "bucket"), through=LED_TO.through)
AUDIT: Final = Node(BUCKET, "audit", {"bucket": "qm-audit-dev"})
WRITES: Final = Node(TRAIL, "trail", {}, {"s3BucketName": "audit"})


def _status(status: str) -> Node:
    return Node(VERSIONS[0], "versions", {"versioningConfiguration": {"status": status}}, {"bucket": "audit"})


@stack_rule(
    id="cloudtrail-bucket-keeps",
    title="Buckets of trails keep what was deleted or overwritten",
    severity=Severity.HIGH,
    fix="Create the bucket with object_lock_enabled, or add a BucketVersioning with the status Enabled.",
    frameworks=("NIST 800-53:AU-9",),
    ok=(
        Together((Node(BUCKET, "audit", {"bucket": "qm-audit-dev", "objectLockEnabled": True}), WRITES)),
        Together((AUDIT, WRITES, _status("Enabled"))),
        Together((AUDIT,)),
    ),
    bad=(
        Together((AUDIT, WRITES)),
        Together((AUDIT, WRITES, _status("Suspended"))),
        Together((AUDIT, Node(TRAIL, "trail", {"s3BucketName": "qm-audit-dev"}))),
    ),
)
def bucket_keeps(stack: Stack) -> Iterator[Answer]:
    kin = Kin(stack, BOND)
    named = [kin.of(one, "s3BucketName") for one in stack.of(TRAIL)]
    used = frozenset(urn for urns, _ in named for urn in urns)
    if any(one.peek("s3BucketName") is UNKNOWN for one in stack.of(TRAIL)) and any(more for _, more in named):
        yield NotEvaluated("s3BucketName")
    yield from lacking(stack, BOND, _keeps, "the trail's files can be deleted for good", lambda one: one.urn in used)


def _keeps(one: Member) -> bool:
    if one.type in VERSIONS:
        return one.text("versioningConfiguration.status") == "Enabled"
    return is_on(one, "objectLockEnabled") or is_on(one, "versioning.enabled")

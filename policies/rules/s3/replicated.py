"""Data that must outlive a region needs a copy in another; most data does not, and pays for two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._buckets import DATA, beside
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Parameter, Severity, stack_rule
from .._siblings import lacking
from .._stack import Node, Together
from .._where import fits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Member, Stack

BOND: Final = beside("bucketReplicationConfig")
ALL: Final = {"buckets": ["*"]}


def _copy(status: str) -> Node:
    kind = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
    return Node(kind, "copy", {"rules": [{"status": status}]}, {"bucket": "data"})


@stack_rule(
    id="s3-replicated",
    title="Buckets that must outlive a region are replicated",
    severity=Severity.LOW,
    fix="Add a BucketReplicationConfig with an enabled rule to a bucket in another region.",
    sources=("FSBP:S3.7", "checkov:CKV_AWS_144", "prowler:s3_bucket_cross_region_replication"),
    frameworks=("NIST 800-53:CP-6", "NIST 800-53:CP-10"),
    parameters={"buckets": Parameter((), "Names of buckets, as patterns, that must be replicated; none by default.")},
    ok=(Together((DATA,)), Together((DATA, _copy("Enabled")), ALL), Together((DATA,), {"buckets": ["*ledger*"]})),
    bad=(Together((DATA,), ALL), Together((DATA, _copy("Disabled")), ALL)),
)
def replicated(stack: Stack) -> Iterator[Answer]:
    for one in stack.members:
        if one.type in BOND.owners and one.config["buckets"] and one.peek("bucket") is UNKNOWN:
            yield NotEvaluated(f"{one.name}.bucket")
    yield from lacking(stack, BOND, _copies, "no replication rule is enabled", _asked)


def _asked(bucket: Member) -> bool:
    name = bucket.peek("bucket")
    return isinstance(name, str) and fits(name, bucket.config["buckets"])


def _copies(one: Member) -> bool:
    return any(one.text(f"{path}.status") == "Enabled" for path in one.each("rules"))

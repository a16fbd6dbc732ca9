"""An audit trail that its own administrator can delete proves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._buckets import beside
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Parameter, Severity, stack_rule
from .._siblings import lacking
from .._stack import Node, Together
from .._where import HERE, PROD, asked_here, fits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._siblings import Answer
    from .._stack import Member, Stack

BOND: Final = beside("bucketObjectLockConfiguration")
AUDIT: Final = Node("aws:s3/bucket:Bucket", "audit", {"bucket": "qm-audit-dev", "objectLockEnabled": True})
DEFAULT: Final = {"rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": 365}}}


def _lock(properties: Mapping[str, object]) -> Node:
    kind = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
    return Node(kind, "lock", properties, {"bucket": "audit"})


@stack_rule(
    id="s3-object-lock",
    title="Buckets of records lock their objects",
    severity=Severity.HIGH,
    fix="Create the bucket with object_lock_enabled and add a BucketObjectLockConfiguration with a default retention.",
    sources=("FSBP:S3.15", "checkov:CKV_AWS_143", "prowler:s3_bucket_object_lock"),
    frameworks=("NIST 800-53:CP-6(2)", "NIST 800-53:AU-9"),
    parameters={
        "stacks": PROD,
        "buckets": Parameter(("*audit*",), "Names of buckets, as patterns, whose objects nobody may delete."),
        "mode": Parameter("COMPLIANCE", "COMPLIANCE, or GOVERNANCE where some may still delete."),
        "least_days": Parameter(1, "Shortest default retention, in days."),
    },
    ok=(
        Together((AUDIT, _lock(DEFAULT)), HERE),
        Together(
            (AUDIT, _lock({"rule": {"defaultRetention": {"mode": "GOVERNANCE", "years": 1}}})),
            HERE | {"mode": "GOVERNANCE"},
        ),
        Together((Node(AUDIT.type, "data", {"bucket": "qm-data-dev"}),), HERE),
        Together((AUDIT,)),
        Together((AUDIT,), HERE | {"buckets": ["*ledger*"]}),
    ),
    bad=(
        Together((AUDIT,), HERE),
        Together((AUDIT, _lock({})), HERE),
        Together((AUDIT, _lock({"rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 365}}})), HERE),
        Together((AUDIT, _lock(DEFAULT)), HERE | {"least_days": 400}),
    ),
)
def object_lock(stack: Stack) -> Iterator[Answer]:
    for one in stack.members:
        if one.type in BOND.owners and asked_here(one) and one.peek("bucket") is UNKNOWN:
            yield NotEvaluated(f"{one.name}.bucket")
    yield from lacking(stack, BOND, _locks, "no default retention locks the objects", _asked)


def _asked(bucket: Member) -> bool:
    name = bucket.peek("bucket")
    return asked_here(bucket) and isinstance(name, str) and fits(name, bucket.config["buckets"])


def _locks(one: Member) -> bool:
    config, default = one.config, "rule.defaultRetention"
    if one.type not in BOND.siblings:
        default = f"objectLockConfiguration.{default}"
    days = one.number(f"{default}.days") + 365 * one.number(f"{default}.years")
    strict = one.text(f"{default}.mode") in {"COMPLIANCE", config["mode"]}
    return strict and days >= int(config["least_days"])

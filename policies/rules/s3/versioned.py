"""A version that stays brings back what was overwritten or deleted, by mistake or by ransom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._buckets import DATA, LOGS, beside, kinds
from .._rule import Severity, stack_rule
from .._siblings import lacking
from .._stack import Node, Together
from .._where import is_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Member, Stack

BOND: Final = beside("bucketVersioning")


def _status(status: str, place: int = 0) -> Node:
    properties = {"versioningConfiguration": {"status": status}}
    return Node(kinds("bucketVersioning")[place], "versions", properties, {"bucket": "data"})


def _inline(**properties: object) -> Node:
    return Node(DATA.type, "data", {"bucket": "qm-data-dev", **properties})


@stack_rule(
    id="s3-versioned",
    title="Buckets keep versions",
    severity=Severity.MEDIUM,
    fix="Add a BucketVersioning with the status Enabled.",
    sources=("FSBP:S3.14", "checkov:CKV_AWS_21", "trivy:AVD-AWS-0090", "prowler:s3_bucket_object_versioning"),
    frameworks=("NIST 800-53:CP-9", "NIST 800-53:CP-10"),
    ok=(
        Together((DATA, _status("Enabled"))),
        Together((DATA, _status("Enabled", 1))),
        Together((_inline(versioning={"enabled": True}),)),
        Together((_inline(versionings=[{"enabled": "true"}]),)),
    ),
    bad=(
        Together((DATA,)),
        Together((DATA, _status("Suspended"))),
        Together((DATA, LOGS, _status("Enabled"))),
        Together((_inline(versioning={"enabled": False}),)),
    ),
)
def versioned(stack: Stack) -> Iterator[Answer]:
    yield from lacking(stack, BOND, _keeps, "versioning is not enabled")


def _keeps(one: Member) -> bool:
    if one.type in BOND.siblings:
        return one.text("versioningConfiguration.status") == "Enabled"
    return any(is_on(one, f"{path}.enabled") for name in ("versioning", "versionings") for path in one.each(name))

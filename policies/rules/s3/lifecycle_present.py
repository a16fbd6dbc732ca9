"""What nothing removes is stored, paid for, and one day has to be explained."""

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

BOND: Final = beside("bucketLifecycleConfiguration")


def _rules(*statuses: str, place: int = 0) -> Node:
    properties = {"rules": [{"id": "old", "status": status} for status in statuses]}
    return Node(kinds("bucketLifecycleConfiguration")[place], "life", properties, {"bucket": "data"})


@stack_rule(
    id="s3-lifecycle-present",
    title="Every bucket has a lifecycle",
    severity=Severity.LOW,
    fix="Add a BucketLifecycleConfiguration with a rule that is enabled.",
    sources=("FSBP:S3.13", "checkov:CKV2_AWS_61", "prowler:s3_bucket_lifecycle_enabled"),
    frameworks=("NIST 800-53:SI-12",),
    ok=(
        Together((DATA, _rules("Disabled", "Enabled"))),
        Together((DATA, _rules("Enabled", place=1))),
        Together((Node(DATA.type, "data", {"lifecycleRules": [{"enabled": True}]}),)),
    ),
    bad=(
        Together((DATA,)),
        Together((DATA, _rules("Disabled"))),
        Together((DATA, LOGS, _rules("Enabled"))),
        Together((Node(DATA.type, "data", {"lifecycleRules": [{"enabled": False}]}),)),
    ),
)
def lifecycle_present(stack: Stack) -> Iterator[Answer]:
    yield from lacking(stack, BOND, _lives, "no lifecycle rule is enabled")


def _lives(one: Member) -> bool:
    if one.type in BOND.siblings:
        return any(one.text(f"{path}.status") == "Enabled" for path in one.each("rules"))
    return any(is_on(one, f"{path}.enabled") for path in one.each("lifecycleRules"))

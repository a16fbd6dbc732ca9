"""The trail keeps who used tables and lake, in files that nobody can change."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from components.arns import Arns
from components.trail import selectors, trail_writes

if TYPE_CHECKING:
    from collections.abc import Callable

    from delivery.recorder import Recording

ARNS = Arns(region="us-east-1", account="123456789012")
TRAIL = "aws:cloudtrail/trail:Trail"
PROGRAM = """
from components.trail import Trail, TrailArgs

Trail(
    "trail",
    TrailArgs(
        names=names, arns=arns, audit_bucket="audit", key="arn:logs", tables=["qm-a-dev", "qm-b-dev"],
        bucket="qm-data", audit_bucket_name="audit", keep=KEEP,
    ),
    opts,
)
"""


@pytest.mark.must_have("trail", "The trail is encrypted, shows changed files, and is hard to lose in production")
@pytest.mark.parametrize("keep", [False, True])
def test_the_trail_is_one_resource(program: Callable[..., Recording], keep: bool) -> None:  # noqa: FBT001 - a case
    """Of this account, with digests, under the key of logs."""
    recording = program(PROGRAM.replace("KEEP", str(keep)))
    assert Counter(one.type for one in recording.registrations if one.parent.endswith("::trail")) == {TRAIL: 1}
    (trail,) = recording.of_type(TRAIL)
    assert (trail.protect, trail.retain) == (keep, keep)
    values = trail.values
    assert (values["s3BucketName"], values["s3KeyPrefix"], values["kmsKeyId"]) == ("audit", "trail", "arn:logs")
    assert values["enableLogFileValidation"] is True
    assert values["isOrganizationTrail"] is False
    assert "cloudWatchLogsGroupArn" not in values


@pytest.mark.must_have("trail", "Changes of roles, which AWS records in us-east-1 alone, are kept from everywhere")
def test_no_region_is_left_out(program: Callable[..., Recording]) -> None:
    """A trail of one region elsewhere sees neither roles nor sign-ins change."""
    (trail,) = program(PROGRAM.replace("KEEP", "False")).of_type(TRAIL)
    assert trail.values["isMultiRegionTrail"] is True
    assert trail.values["includeGlobalServiceEvents"] is True


@pytest.mark.must_have("trail", "Every use of tables, lake and signed heads is kept, and every change of the account")
def test_what_the_trail_keeps() -> None:
    """Our tables by name, lake and heads by prefix, and no other table or bucket of the account."""
    kept = {one["name"]: one["field_selectors"] for one in selectors(ARNS, ["qm-a-dev"], "qm-data", "qm-audit")}
    assert kept["changes"] == [
        {"field": "eventCategory", "equals": ["Management"]},
        {"field": "readOnly", "equals": ["false"]},
    ]
    assert kept["tables"] == [
        {"field": "eventCategory", "equals": ["Data"]},
        {"field": "resources.type", "equals": ["AWS::DynamoDB::Table"]},
        {"field": "resources.ARN", "equals": ["arn:aws:dynamodb:us-east-1:123456789012:table/qm-a-dev"]},
    ]
    assert kept["lake"] == [
        {"field": "eventCategory", "equals": ["Data"]},
        {"field": "resources.type", "equals": ["AWS::S3::Object"]},
        {"field": "resources.ARN", "starts_withs": ["arn:aws:s3:::qm-data/lake/"]},
    ]
    assert kept["heads"] == [
        {"field": "eventCategory", "equals": ["Data"]},
        {"field": "resources.type", "equals": ["AWS::S3::Object"]},
        {"field": "resources.ARN", "starts_withs": ["arn:aws:s3:::qm-audit/heads/"]},
    ]


@pytest.mark.must_have("trail", "Only this trail writes to the audit bucket, below its own prefix")
def test_only_this_trail_writes() -> None:
    """Another account's trail that names our bucket is refused."""
    looks, writes = trail_writes(ARNS, "audit", "qm-audit-dev")
    source = {"aws:SourceArn": ["arn:aws:cloudtrail:us-east-1:123456789012:trail/qm-audit-dev"]}
    assert looks.condition["ArnLike"] == writes.condition["ArnLike"] == source
    assert (looks.actions, looks.resources) == (("s3:GetBucketAcl",), ("arn:aws:s3:::audit",))
    assert writes.resources == ("arn:aws:s3:::audit/trail/AWSLogs/123456789012/*",)

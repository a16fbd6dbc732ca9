"""A trail that also writes to CloudWatch Logs can raise an alarm within minutes; it costs as much again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule
from .._where import HERE, NOWHERE, asked_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

TRAIL: Final = "aws:cloudtrail/trail:Trail"
BOTH: Final = {"cloudWatchLogsGroupArn": "arn:aws:logs:us-east-1:000000000000:log-group:trail:*"}


@rule(
    id="cloudtrail-watched-in-logs",
    title="Trails also write to CloudWatch Logs",
    applies_to=TRAIL,
    severity=Severity.LOW,
    fix="Set cloud_watch_logs_group_arn and cloud_watch_logs_role_arn.",
    sources=(
        "FSBP:CloudTrail.5",
        "checkov:CKV2_AWS_10",
        "trivy:AVD-AWS-0162",
        "prowler:cloudtrail_cloudwatch_logging_enabled",
    ),
    frameworks=("NIST 800-53:AU-6",),
    parameters={"stacks": NOWHERE},
    ok=(Of(BOTH, TRAIL, HERE), {}),
    bad=(Of({}, TRAIL, HERE),),
)
def watched_in_logs(trail: Resource) -> Iterator[str]:
    if asked_here(trail) and not trail.is_set("cloudWatchLogsGroupArn"):
        yield "cloudWatchLogsGroupArn is not set"

"""Without its metrics nobody sees which queries read how much, nor that they begin to fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="athena-metrics-published",
    title="Workgroups publish their metrics",
    applies_to="aws:athena/workgroup:Workgroup",
    severity=Severity.LOW,
    fix="Leave publish_cloudwatch_metrics_enabled on.",
    sources=(
        "FSBP:Athena.4",
        "aws-config:athena-workgroup-logging-enabled",
        "prowler:athena_workgroup_logging_enabled",
    ),
    frameworks=("NIST 800-53:AU-12", "NIST 800-53:SI-4"),
    ok=({}, {"configuration": {"publishCloudwatchMetricsEnabled": True}}),
    bad=(
        {"configuration": {"publishCloudwatchMetricsEnabled": False}},
        {"configuration": {"publishCloudwatchMetricsEnabled": "false"}},
    ),
)
def metrics_published(workgroup: Resource) -> Iterator[str]:
    if workgroup.known("configuration.publishCloudwatchMetricsEnabled") in (False, "false"):
        yield "publishCloudwatchMetricsEnabled is off"

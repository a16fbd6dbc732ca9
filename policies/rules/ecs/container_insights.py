"""Without its metrics nobody sees that a cluster runs out of memory before it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Enforcement, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


def _insights(value: str) -> dict[str, object]:
    return {"settings": [{"name": "containerInsights", "value": value}]}


@rule(
    id="ecs-container-insights",
    title="Clusters have Container Insights",
    applies_to="aws:ecs/cluster:Cluster",
    severity=Severity.LOW,
    fix="Add the setting containerInsights with the value enabled or enhanced.",
    sources=(
        "FSBP:ECS.12",
        "cdk-nag:AwsSolutions-ECS4",
        "checkov:CKV_AWS_65",
        "trivy:AVD-AWS-0034",
        "prowler:ecs_cluster_container_insights_enabled",
    ),
    frameworks=("NIST 800-53:CA-7", "NIST 800-53:SI-2"),
    enforcement=Enforcement.ADVISORY,
    ok=(_insights("enabled"), _insights("enhanced")),
    bad=({}, _insights("disabled")),
)
def container_insights(cluster: Resource) -> Iterator[str]:
    on = [
        cluster.text(f"{path}.value") in {"enabled", "enhanced"}
        for path in cluster.each("settings")
        if cluster.text(f"{path}.name") == "containerInsights"
    ]
    if not any(on):
        yield "the setting containerInsights is not enabled"

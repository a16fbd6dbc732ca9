"""Application Auto Scaling for a table that is paid for by capacity: up and down around 70 % of what is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

TARGET_PERCENT: Final = 70  # used of provisioned: a burst fits in the rest while scaling takes its minutes


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """Units of reads or writes a second."""

    dimension: str  # Read or Write
    least: int
    most: int


def scale_table(
    name: str, table: pulumi.Input[str], capacities: tuple[Capacity, ...], opts: pulumi.ResourceOptions
) -> None:
    """A target and a policy for each capacity; the role is the service's own, linked to the account."""
    for capacity in capacities:
        word = capacity.dimension.lower()
        target = aws.appautoscaling.Target(
            f"{name}-{word}",
            service_namespace="dynamodb",
            resource_id=pulumi.Output.concat("table/", table),
            scalable_dimension=f"dynamodb:table:{capacity.dimension}CapacityUnits",
            min_capacity=capacity.least,
            max_capacity=capacity.most,
            opts=opts,
        )
        aws.appautoscaling.Policy(
            f"{name}-{word}-policy",
            name=pulumi.Output.concat(table, f"-{word}"),
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            resource_id=target.resource_id,
            scalable_dimension=target.scalable_dimension,
            target_tracking_scaling_policy_configuration={
                "target_value": TARGET_PERCENT,
                "predefined_metric_specification": {
                    "predefined_metric_type": f"DynamoDB{capacity.dimension}CapacityUtilization"
                },
            },
            opts=opts,
        )

"""Accepted traffic shows what an intruder did, refused traffic what was tried: half a log answers half."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="ec2-flow-log-all-traffic",
    title="Flow logs hold accepted and refused traffic",
    applies_to="aws:ec2/flowLog:FlowLog",
    severity=Severity.LOW,
    fix="Set traffic_type to ALL.",
    frameworks=("NIST 800-53:AU-12",),
    ok=({"trafficType": "ALL"}, {"transitGatewayId": "tgw-1"}, {"transitGatewayAttachmentId": "tgw-attach-1"}),
    bad=({"vpcId": "vpc-1", "trafficType": "REJECT"}, {"vpcId": "vpc-1", "trafficType": "ACCEPT"}),
)
def flow_log_all_traffic(log: Resource) -> Iterator[str]:
    if log.is_set("transitGatewayId") or log.is_set("transitGatewayAttachmentId"):
        return  # a transit gateway's has no such choice
    kind = log.text("trafficType")
    if kind != "ALL":
        yield f"trafficType is {kind or 'not set'}"

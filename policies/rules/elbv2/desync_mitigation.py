"""Requests that servers read differently can be smuggled; in the mode `monitor` they pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._balancers import BALANCERS, is_application
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="elb-desync-mitigation",
    title="Application load balancers refuse ambiguous requests",
    applies_to=BALANCERS,
    severity=Severity.MEDIUM,
    fix="Set desync_mitigation_mode to defensive or strictest.",
    sources=("FSBP:ELB.12", "checkov:CKV_AWS_328", "prowler:elbv2_desync_mitigation_mode"),
    frameworks=("NIST 800-53:SC-7(4)",),
    ok=({}, {"desyncMitigationMode": "strictest"}, {"loadBalancerType": "network"}),
    bad=({"desyncMitigationMode": "monitor"}, Of({"desyncMitigationMode": "monitor"}, BALANCERS[1])),
)
def desync_mitigation(balancer: Resource) -> Iterator[str]:
    if is_application(balancer) and balancer.text("desyncMitigationMode") == "monitor":
        yield "desyncMitigationMode is monitor"

"""A load balancer that faces the internet without need is a door that somebody has to guard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._balancers import BALANCERS
from .._rule import Of, Parameter, Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="elb-internal",
    title="Load balancers face the internet only where that is meant",
    applies_to=BALANCERS,
    severity=Severity.HIGH,
    fix="Set internal to true and reach it through the API's VPC link, or allow it by the parameter `public`.",
    sources=("trivy:AVD-AWS-0053", "prowler:elbv2_internet_facing"),
    frameworks=("NIST 800-53:SC-7", "NIST 800-53:AC-3"),
    parameters={"public": Parameter((), "Pulumi names of load balancers that may face the internet.")},
    ok=({"internal": True}, {"loadBalancerType": "gateway"}, Of({}, config={"public": ["one"]})),
    bad=({}, {"internal": False}, Of({"internal": "false"}, BALANCERS[1], {"public": ["other"]})),
)
def internal(balancer: Resource) -> Iterator[str]:
    if balancer.name in balancer.config["public"] or balancer.text("loadBalancerType") == "gateway":
        return
    if not is_true(balancer.known("internal")):
        yield "internal is not true"

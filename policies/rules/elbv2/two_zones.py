"""A load balancer in one zone is down when that zone is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._balancers import BALANCERS
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="elb-two-zones",
    title="Load balancers lie in several zones",
    applies_to=BALANCERS,
    severity=Severity.MEDIUM,
    fix="Name a subnet in each zone.",
    sources=("FSBP:ELB.13", "prowler:elbv2_is_in_multiple_az"),
    frameworks=("NIST 800-53:CP-10",),
    parameters={"least": Parameter(2, "Fewest subnets, each of which lies in a zone of its own.")},
    ok=(
        {"subnets": ["subnet-1", "subnet-2"]},
        {"subnetMappings": [{"subnetId": "subnet-1"}, {"subnetId": "subnet-2"}]},
        Of({"subnets": ["subnet-1"]}, config={"least": 1}),
    ),
    bad=({"subnets": ["subnet-1"]}, {"subnetMappings": {"subnetId": "subnet-1"}}, Of({}, BALANCERS[1])),
)
def two_zones(balancer: Resource) -> Iterator[str]:
    count = sum(1 for path in ("subnets", "subnetMappings") for _ in balancer.each(path))
    least = int(balancer.config["least"])
    if count < least:
        yield f"it has {count or 'no'} subnet{'' if count == 1 else 's'}, at least {least} are asked for"

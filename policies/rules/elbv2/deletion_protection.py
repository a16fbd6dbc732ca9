"""A load balancer that is deleted takes its address with it, and everybody who calls that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._balancers import BALANCERS
from .._rule import Of, Parameter, Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="elb-deletion-protection",
    title="Load balancers cannot be deleted by mistake",
    applies_to=BALANCERS,
    severity=Severity.LOW,
    fix="Set enable_deletion_protection to true.",
    sources=("FSBP:ELB.6", "checkov:CKV_AWS_150", "prowler:elbv2_deletion_protection"),
    frameworks=("NIST 800-53:SC-5(2)", "NIST 800-53:CM-3"),
    parameters={"required": Parameter(default=False, description="Whether it must be on; production says yes.")},
    ok=({}, Of({"enableDeletionProtection": True}, config={"required": True})),
    bad=(Of({}, config={"required": True}), Of({"enableDeletionProtection": False}, config={"required": True})),
)
def deletion_protection(balancer: Resource) -> Iterator[str]:
    if balancer.config["required"] and not is_true(balancer.known("enableDeletionProtection")):
        yield "enableDeletionProtection is not true"

"""Headers that one server reads and the next ignores are how a request is smuggled past a check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._balancers import BALANCERS, is_application
from .._rule import Of, Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="elb-drops-invalid-headers",
    title="Application load balancers drop invalid headers",
    applies_to=BALANCERS,
    severity=Severity.MEDIUM,
    fix="Set drop_invalid_header_fields to true.",
    sources=(
        "FSBP:ELB.4",
        "checkov:CKV_AWS_131",
        "trivy:AVD-AWS-0052",
        "prowler:elbv2_alb_drop_invalid_header_fields_enabled",
    ),
    frameworks=("NIST 800-53:SC-7(4)", "NIST 800-53:SC-8(2)"),
    ok=({"dropInvalidHeaderFields": True}, {"loadBalancerType": "network"}),
    bad=({}, {"loadBalancerType": "application", "dropInvalidHeaderFields": False}, Of({}, BALANCERS[1])),
)
def drops_invalid_headers(balancer: Resource) -> Iterator[str]:
    if is_application(balancer) and not is_true(balancer.known("dropInvalidHeaderFields")):
        yield "dropInvalidHeaderFields is not true"

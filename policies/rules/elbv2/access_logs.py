"""Only a load balancer's access log says who asked for what before any target was reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._balancers import BALANCERS
from .._rule import Of, Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="elb-access-logs",
    title="Load balancers write access logs",
    applies_to=BALANCERS,
    severity=Severity.MEDIUM,
    fix="Set access_logs with a bucket, and enabled to true.",
    sources=("FSBP:ELB.5", "cdk-nag:AwsSolutions-ELB2", "checkov:CKV_AWS_91", "prowler:elbv2_logging_enabled"),
    frameworks=("NIST 800-53:AU-12", "NIST 800-53:AC-4(26)"),
    ok=({"accessLogs": {"bucket": "qm-logs", "enabled": True}}, {"loadBalancerType": "gateway"}),
    bad=(
        {},
        {"accessLogs": {"bucket": "qm-logs"}},
        Of({"accessLogs": {"bucket": "b", "enabled": False}}, BALANCERS[1]),
    ),
)
def access_logs(balancer: Resource) -> Iterator[str]:
    if balancer.text("loadBalancerType") != "gateway" and not is_true(balancer.known("accessLogs.enabled")):
        yield "accessLogs.enabled is not true"

"""A way out to everywhere on every port is how stolen data leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._ports import DEFAULT_GROUP, EGRESS, OUTBOUND, RULE, openings
from .._resource import NotEvaluated
from .._rule import Enforcement, Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="ec2-egress-not-open",
    title="No security group lets everything out to everywhere",
    applies_to=OUTBOUND,
    severity=Severity.MEDIUM,
    fix="Allow the ports that are used, such as 443, or name the groups and prefix lists that are called.",
    sources=("checkov:CKV_AWS_382", "trivy:AVD-AWS-0104"),
    frameworks=("NIST 800-53:SC-7(5)",),
    enforcement=Enforcement.ADVISORY,
    ok=(
        {},
        {"egress": [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}]},
        Of({"type": "ingress", "protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}, RULE),
        Of({"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "0.0.0.0/0"}, EGRESS),
    ),
    bad=(
        {"egress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}]},
        Of({"type": "egress", "protocol": "-1", "ipv6CidrBlocks": ["::/0"]}, RULE),
        Of({"ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"}, EGRESS),
        Of({"egress": [{"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}]}, DEFAULT_GROUP),
    ),
)
def egress_not_open(group: Resource) -> Iterator[str | NotEvaluated]:
    for one in openings(group, "egress"):
        if isinstance(one, NotEvaluated):
            yield one
        elif one.whole:
            yield f"everything may go out to {one.place}{f' by {one.path}' if one.path else ''}"

"""A rule without a description is one that nobody dares to remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._ports import EGRESS, GROUP, INGRESS, RULE
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


OURS: Final = {"", "Managed by Pulumi", "Managed by Terraform"}  # what the provider writes by itself


@rule(
    id="ec2-group-rules-described",
    title="Security groups and their rules say what they are for",
    applies_to=(GROUP, RULE, INGRESS, EGRESS),
    severity=Severity.LOW,
    fix="Set `description` to who connects and why.",
    sources=("cdk-nag:AwsSolutions-EC27", "checkov:CKV_AWS_23", "trivy:AVD-AWS-0099", "trivy:AVD-AWS-0124"),
    ok=(
        {"description": "Functions: nothing in, HTTPS out"},
        {"description": "Web", "ingress": [{"protocol": "tcp", "description": "HTTPS from the balancer"}]},
        Of({"ipProtocol": "tcp", "description": "HTTPS from the functions"}, INGRESS),
    ),
    bad=(
        {},
        {"description": "Managed by Pulumi"},
        {"description": "Web", "ingress": [{"protocol": "tcp", "fromPort": 443, "toPort": 443}]},
        {"description": "Web", "egress": [{"protocol": "tcp", "description": ""}]},
        Of({"type": "ingress", "protocol": "tcp"}, RULE),
        Of({"ipProtocol": "tcp"}, INGRESS),
        Of({"ipProtocol": "tcp"}, EGRESS),
    ),
)
def group_rules_described(group: Resource) -> Iterator[str | NotEvaluated]:
    paths = ["description"]
    if group.type == GROUP:
        for direction in ("ingress", "egress"):
            if group.peek(direction) is UNKNOWN:
                yield NotEvaluated(direction)
            else:
                paths += [f"{path}.description" for path in group.each(direction)]
    for path in paths:
        value = group.peek(path)
        if value is UNKNOWN:
            yield NotEvaluated(path)
        elif value is None or (isinstance(value, str) and value in OURS):
            yield f"{path} is not set"

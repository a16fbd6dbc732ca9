"""On `*` an action reaches what other teams and later stacks own. AWS says which actions take a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._actions import Level
from .._examples import TABLE, document, policy
from .._identity import IDENTITY, allowed_everywhere
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._identity import Result
    from .._resource import Resource


HARMFUL: Final = (Level.WRITE, Level.PERMISSIONS)  # each has a rule of its own


@rule(
    id="iam-resources-named",
    title="What an action reads or lists is named, where the action takes a resource",
    applies_to=IDENTITY,
    severity=Severity.MEDIUM,
    fix="Name the resources, or add a condition on them such as aws:ResourceTag.",
    sources=("cdk-nag:AwsSolutions-IAM5", "checkov:CKV_AWS_355", "checkov:CKV_AWS_356"),
    frameworks=("NIST 800-53:AC-6",),
    ok=(
        policy("dynamodb:GetItem", TABLE),
        policy(["xray:PutTraceSegments", "ec2:DescribeSubnets", "tag:GetResources"]),
        policy("dynamodb:GetItem", StringEquals={"aws:ResourceTag/Project": "qm"}),
        policy("*"),
        policy("polly:SynthesizeSpeech"),
        {"policy": document({"Effect": "Deny", "Action": "dynamodb:GetItem", "Resource": "*"})},
    ),
    bad=(
        policy("dynamodb:GetItem"),
        policy(["tag:GetResources", "DynamoDB:getitem"]),
        policy("dynamodb:Get*"),
        policy("dynamodb:GetItem", StringEqualsIfExists={"aws:ResourceTag/Project": "qm"}),
        policy("dynamodb:GetItem", Bool={"aws:SecureTransport": "true"}),
    ),
)
def resources_named(resource: Resource) -> Iterator[Result]:
    yield from allowed_everywhere(resource, lambda levels: bool(levels) and levels.isdisjoint(HARMFUL))

"""All actions of a service include deleting what it holds, and changing who may use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._examples import document, policy
from .._identity import IDENTITY, allowed
from .._resource import Found
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


@rule(
    id="iam-no-service-wildcard",
    title="No IAM document allows all actions of a service",
    applies_to=IDENTITY,
    severity=Severity.HIGH,
    fix="List the actions of the service that the code calls.",
    sources=(
        "FSBP:IAM.21",
        "prowler:iam_inline_policy_no_full_access_to_cloudtrail",
        "prowler:iam_inline_policy_no_full_access_to_kms",
        "prowler:iam_policy_no_full_access_to_cloudtrail",
        "prowler:iam_policy_no_full_access_to_kms",
        "checkov:CKV2_AWS_40",
    ),
    frameworks=("NIST 800-53:AC-6",),
    ok=(
        policy(["s3:GetObject", "s3:Get*"]),
        {"policy": document({"Effect": "Deny", "Action": "s3:*", "Resource": "*"})},
    ),
    bad=(policy("s3:*"), policy(["s3:GetObject", "kms:*"], "arn:aws:kms:us-east-1:000000000000:key/1")),
)
def no_service_wildcard(resource: Resource) -> Iterator[Result]:
    yield from allowed(resource, _judge)


def _judge(statement: Statement) -> Iterator[Found]:
    for action in statement.actions:
        service, _, name = action.partition(":")
        if name == "*" and service != "*":
            yield Found(action, f"{statement.name} allows all actions of {service}")

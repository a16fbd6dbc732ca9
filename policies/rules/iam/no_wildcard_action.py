"""A wildcard grants what the service adds tomorrow, and hides what the code needs today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._examples import allows, document, policy
from .._globs import has_wildcard
from .._identity import IDENTITY, ROLE, allowed
from .._resource import Found
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


@rule(
    id="iam-no-wildcard-action",
    title="IAM documents name each action",
    applies_to=IDENTITY,
    severity=Severity.HIGH,
    fix="List the actions that the code calls.",
    sources=("cdk-nag:AwsSolutions-IAM5", "checkov:CKV_AWS_49", "checkov:CKV_AWS_63"),
    frameworks=("NIST 800-53:AC-6",),
    ok=(
        policy("s3:GetObject"),
        {"policy": document({"Effect": "Deny", "Action": "*", "Resource": "*"})},
        Of({"inlinePolicies": [{"name": "read", "policy": document(allows(["s3:GetObject"]))}]}, ROLE),
        Of({}, ROLE),
    ),
    bad=(
        policy("*"),
        policy(["s3:GetObject", "dynamodb:*"]),
        policy("s3:Get?bject"),
        {"policy": {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}},
        Of({"inlinePolicies": [{"name": "all", "policy": document(allows("*"))}]}, ROLE),
    ),
)
def no_wildcard_action(resource: Resource) -> Iterator[Result]:
    yield from allowed(resource, _judge)


def _judge(statement: Statement) -> Iterator[Found]:
    for action in statement.actions:
        if has_wildcard(action):
            yield Found(action, f"{statement.name} allows {action!r}")

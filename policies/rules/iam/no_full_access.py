"""All actions on all resources is the account itself: whoever gets this role has everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._examples import allows, document, policy
from .._identity import IDENTITY, POLICY, ROLE, allowed
from .._resource import Found
from .._rule import Of, Severity, rule
from .._scope import everywhere

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


ALL: Final = ("*", "*:*")


@rule(
    id="iam-no-full-access",
    title="No IAM document allows everything",
    applies_to=IDENTITY,
    severity=Severity.CRITICAL,
    fix="List the actions that are needed, and the resources that they are needed on.",
    sources=(
        "FSBP:IAM.1",
        "checkov:CKV_AWS_1",
        "checkov:CKV_AWS_62",
        "prowler:iam_customer_attached_policy_no_administrative_privileges",
        "prowler:iam_inline_policy_no_administrative_privileges",
    ),
    frameworks=("CIS AWS 1.4:1.16", "NIST 800-53:AC-6"),
    ok=(
        policy("s3:GetObject", "arn:aws:s3:::data/*"),
        policy("*", "arn:aws:s3:::data/*"),
        {"policy": document({"Effect": "Deny", "Action": "*", "Resource": "*"})},
        Of({}, ROLE),
    ),
    bad=(
        policy("*"),
        policy(["s3:GetObject", "*:*"], ["*"]),
        {"policy": document({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::data"})},
        Of(policy("*"), POLICY),
        Of({"inlinePolicies": [{"name": "all", "policy": document(allows("*"))}]}, ROLE),
    ),
)
def no_full_access(resource: Resource) -> Iterator[Result]:
    yield from allowed(resource, _judge)


def _judge(statement: Statement) -> Iterator[Found]:
    for action in statement.actions:
        if action in ALL and everywhere(statement):
            yield Found(action, f"{statement.name} allows every action on every resource")

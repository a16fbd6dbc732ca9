"""Rights that hang on a person stay when the person changes team; a group or a role is read in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._attachments import TO_MANY, TO_USER
from .._identity import USER_POLICY
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="iam-no-user-policies",
    title="Policies hang on groups and roles, not on users",
    applies_to=(USER_POLICY, TO_USER, TO_MANY),
    severity=Severity.MEDIUM,
    fix="Attach the policy to a group or a role.",
    sources=("FSBP:IAM.2", "checkov:CKV_AWS_40", "prowler:iam_policy_attached_only_to_group_or_roles", "cfn-nag:F10"),
    frameworks=("CIS AWS 3.0:1.15", "NIST 800-53:AC-6"),
    ok=(
        Of({"roles": ["reader"], "policyArn": "arn:aws:iam::000000000000:policy/reader"}, TO_MANY),
        Of({"users": []}, TO_MANY),
    ),
    bad=({"user": "anna", "policy": "{}"}, Of({"user": "anna"}, TO_USER), Of({"users": ["anna"]}, TO_MANY)),
)
def no_user_policies(resource: Resource) -> Iterator[str]:
    if resource.type != TO_MANY:
        yield "the policy hangs on a user"
    elif resource.known("users"):
        yield "the policy hangs on users"

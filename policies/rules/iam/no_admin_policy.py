"""Who may do everything, or may change every permission, needs no other flaw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._attachments import ATTACHING, attached, aws_managed
from .._identity import ROLE
from .._resource import Found, NotEvaluated
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._identity import Result
    from .._resource import Resource


AWS: Final = "arn:aws:iam::aws:policy/"
ADMIN: Final = ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess")


@rule(
    id="iam-no-admin-policy",
    title="No managed policy with the whole account is attached",
    applies_to=ATTACHING,
    severity=Severity.CRITICAL,
    fix="Write a policy with the actions that are needed.",
    sources=(
        "checkov:CKV_AWS_274",
        "checkov:CKV_AWS_275",
        "checkov:CKV2_AWS_56",
        "prowler:iam_aws_attached_policy_no_administrative_privileges",
    ),
    frameworks=("CIS AWS 1.4:1.16", "NIST 800-53:AC-6"),
    ok=(
        {"policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        {"policyArn": "arn:aws:iam::000000000000:policy/AdministratorAccess"},
        Of({}, ROLE),
    ),
    bad=(
        {"policyArn": f"{AWS}AdministratorAccess"},
        Of({"managedPolicyArns": [f"{AWS}IAMFullAccess"]}, ROLE),
        Of({"policyArn": f"{AWS}PowerUserAccess"}, "aws:iam/policyAttachment:PolicyAttachment"),
    ),
)
def no_admin_policy(resource: Resource) -> Iterator[Result]:
    for one in attached(resource):
        if isinstance(one, NotEvaluated):
            yield one
        elif aws_managed(one) in ADMIN:
            yield Found(aws_managed(one), f"{aws_managed(one)} is attached, which is the whole account")

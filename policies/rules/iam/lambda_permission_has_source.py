"""A function that a service may call for anybody runs whatever another customer sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


SERVICE: Final = (".amazonaws.com", ".amazonaws.com.cn")
# A bucket's ARN has no account: whoever takes the name after us would be let in.
WITHOUT_ACCOUNT: Final = "s3."


@rule(
    id="iam-lambda-permission-has-source",
    title="Services may call a function for one account or resource only",
    applies_to="aws:lambda/permission:Permission",
    severity=Severity.HIGH,
    fix="Set source_arn to the resource that calls, and source_account for S3.",
    sources=("checkov:CKV_AWS_364",),
    frameworks=("NIST 800-53:AC-3",),
    ok=(
        {"principal": "apigateway.amazonaws.com", "sourceArn": "arn:aws:execute-api:us-east-1:000000000000:a/*"},
        {"principal": "secretsmanager.amazonaws.com", "sourceAccount": "000000000000"},
        {"principal": "events.amazonaws.com", "principalOrgId": "o-1"},
        {"principal": "000000000000"},
    ),
    bad=(
        {"principal": "events.amazonaws.com"},
        {"principal": "s3.amazonaws.com", "sourceArn": "arn:aws:s3:::data"},
    ),
)
def lambda_permission_has_source(permission: Resource) -> Iterator[str]:
    principal = permission.text("principal")
    if not principal.endswith(SERVICE):
        return
    if principal.startswith(WITHOUT_ACCOUNT) and not permission.is_set("sourceAccount"):
        yield f"{principal} may call the function for a bucket of any account"
    elif not any(map(permission.is_set, ("sourceArn", "sourceAccount", "principalOrgId"))):
        yield f"{principal} may call the function for any account"

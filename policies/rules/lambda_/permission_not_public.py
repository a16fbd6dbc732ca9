"""A permission for everybody publishes the function, whatever its API asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="lambda-permission-not-public",
    title="No permission lets everybody call a function",
    applies_to="aws:lambda/permission:Permission",
    severity=Severity.CRITICAL,
    fix="Name the service or the account in principal, or add principal_org_id.",
    sources=(
        "FSBP:Lambda.1",
        "cdk-nag:HIPAA.Security-LambdaFunctionPublicAccessProhibited",
        "checkov:CKV_AWS_301",
        "prowler:awslambda_function_not_publicly_accessible",
    ),
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:AC-6", "NIST 800-53:SC-7", "PCI DSS 4.0.1:7.2.1"),
    ok=(
        {"principal": "events.amazonaws.com"},
        {"principal": "*", "principalOrgId": "o-1"},
        {"principal": "arn:aws:iam::000000000000:root"},
    ),
    bad=(
        {"principal": "*"},
        {"principal": "*", "functionUrlAuthType": "AWS_IAM"},
        {"principal": "*", "sourceArn": "arn:aws:s3:::*"},
    ),
)
def permission_not_public(permission: Resource) -> Iterator[str]:
    narrowed = permission.is_set("principalOrgId") or permission.is_set("sourceAccount")
    if permission.text("principal") == "*" and not narrowed:
        yield "principal is *"

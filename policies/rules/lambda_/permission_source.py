"""A service that may call for anybody calls for other customers too: the confused deputy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

SOURCES: Final = ("sourceArn", "sourceAccount", "principalOrgId", "eventSourceToken")
S3: Final = "s3.amazonaws.com"


@rule(
    id="lambda-permission-source",
    title="Permissions of services name the source that they may call for",
    applies_to="aws:lambda/permission:Permission",
    severity=Severity.HIGH,
    fix="Set source_arn, and for S3 source_account too: a bucket's ARN has no account in it.",
    sources=("FSBP:Lambda.1", "checkov:CKV_AWS_364"),
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:AC-6", "PCI DSS 4.0.1:7.2.1"),
    ok=(
        {"principal": "apigateway.amazonaws.com", "sourceArn": "arn"},
        {"principal": "secretsmanager.amazonaws.com", "sourceAccount": "000000000000"},
        {"principal": S3, "sourceArn": "arn", "sourceAccount": "000000000000"},
        {"principal": "000000000000"},
    ),
    bad=(
        {"principal": "apigateway.amazonaws.com"},
        {"principal": "apigateway.amazonaws.com.cn"},
        {"principal": S3, "sourceArn": "arn:aws:s3:::qm-data-dev"},
        {"principal": "sns.amazonaws.com", "sourceArn": ""},
    ),
)
def permission_source(permission: Resource) -> Iterator[str]:
    principal = permission.text("principal")
    if ".amazonaws.com" not in principal:
        return
    if not any(permission.peek(key) not in (None, "") for key in SOURCES):
        yield f"{principal} may call for anybody: neither sourceArn nor sourceAccount is set"
    elif principal == S3 and not permission.is_set("sourceAccount"):
        yield "sourceAccount is not set, and a deleted bucket's name can be taken by another account"

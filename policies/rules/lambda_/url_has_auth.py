"""A function URL without authentication is a door to the internet that no API guards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="lambda-url-has-auth",
    title="Function URLs ask for IAM credentials",
    applies_to="aws:lambda/functionUrl:FunctionUrl",
    severity=Severity.CRITICAL,
    fix="Set authorization_type to AWS_IAM, or put the function behind the API.",
    sources=(
        "cdk-nag:LambdaFunctionUrlAuth",
        "checkov:CKV_AWS_258",
        "prowler:awslambda_function_url_public",
    ),
    frameworks=("NIST 800-53:AC-3",),
    ok=({"authorizationType": "AWS_IAM"},),
    bad=({"authorizationType": "NONE"}, {}),
)
def url_has_auth(url: Resource) -> Iterator[str]:
    if url.text("authorizationType") != "AWS_IAM":
        yield "authorizationType is not AWS_IAM"

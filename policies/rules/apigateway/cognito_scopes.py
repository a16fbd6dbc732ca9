"""Without scopes a Cognito authoriser takes identity tokens, which are meant for the client and not for an API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._resource import NotEvaluated
from .._rule import Severity, rule
from .._scalars import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="api-cognito-scopes",
    title="Methods behind a Cognito authoriser ask for a scope",
    applies_to="aws:apigateway/method:Method",
    severity=Severity.MEDIUM,
    fix="Set authorization_scopes, so that only access tokens are taken.",
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:IA-2"),
    unique=True,
    ok=(
        {"authorization": "COGNITO_USER_POOLS", "authorizationScopes": ["qm/ask"]},
        {"authorization": "AWS_IAM"},
        {},
    ),
    bad=(
        {"authorization": "COGNITO_USER_POOLS", "authorizerId": "a1"},
        {"authorization": "COGNITO_USER_POOLS", "authorizationScopes": []},
    ),
)
def cognito_scopes(method: Resource) -> Iterator[str | NotEvaluated]:
    if method.text("authorization") != "COGNITO_USER_POOLS":
        return
    read = texts(method, "authorizationScopes")
    if not read.values and read.unknown:
        yield NotEvaluated("authorizationScopes")
    elif not read.values:
        yield "authorizationScopes is not set"

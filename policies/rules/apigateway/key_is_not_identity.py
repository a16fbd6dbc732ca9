"""An API key tells clients apart for counting; whoever reads one in a page or a log has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


METHOD: Final = "aws:apigateway/method:Method"
ROUTE: Final = "aws:apigatewayv2/route:Route"


@rule(
    id="api-key-is-not-identity",
    title="An API key is never the only thing that lets a caller in",
    applies_to=(METHOD, ROUTE),
    severity=Severity.HIGH,
    fix="Add an authoriser; keep the key for usage plans.",
    frameworks=("NIST 800-53:IA-2",),
    ok=(
        {"authorization": "COGNITO_USER_POOLS", "authorizerId": "a1", "apiKeyRequired": True},
        {"authorization": "NONE"},
        Of({"routeKey": "$connect", "authorizationType": "AWS_IAM", "apiKeyRequired": True}, ROUTE),
    ),
    bad=(
        {"authorization": "NONE", "apiKeyRequired": True},
        Of({"routeKey": "$connect", "apiKeyRequired": "true"}, ROUTE),
    ),
)
def key_is_not_identity(route: Resource) -> Iterator[str]:
    kind = route.text("authorization" if route.type == METHOD else "authorizationType") or "NONE"
    if kind == "NONE" and is_true(route.known("apiKeyRequired")):
        yield "apiKeyRequired is true, and there is no authoriser"

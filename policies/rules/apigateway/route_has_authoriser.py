"""A route without an authoriser answers the whole internet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

METHOD: Final = "aws:apigateway/method:Method"
ROUTE: Final = "aws:apigatewayv2/route:Route"
OWN: Final = {"COGNITO_USER_POOLS", "CUSTOM", "JWT"}  # kinds that say nothing without the authoriser's id


@rule(
    id="api-route-has-authoriser",
    title="Every route of an API has an authoriser",
    applies_to=(METHOD, ROUTE),
    severity=Severity.CRITICAL,
    fix="Set authorization (REST) or authorization_type (HTTP) and the authorizer_id.",
    sources=("cdk-nag:AwsSolutions-APIG4", "FSBP:APIGateway.8", "checkov:CKV_AWS_59"),
    ok=(
        {"httpMethod": "POST", "authorization": "COGNITO_USER_POOLS", "authorizerId": "a1"},
        {"httpMethod": "GET", "authorization": "AWS_IAM"},
        {"httpMethod": "OPTIONS", "authorization": "NONE"},
        Of({"routeKey": "POST /v1/ask", "authorizationType": "JWT", "authorizerId": "a1"}, ROUTE),
        Of({"routeKey": "OPTIONS /v1/ask"}, ROUTE),
    ),
    bad=(
        {"httpMethod": "POST", "authorization": "NONE"},
        {"httpMethod": "ANY", "authorization": "NONE"},
        {"httpMethod": "POST", "authorization": "COGNITO_USER_POOLS"},
        Of({"routeKey": "POST /v1/ask"}, ROUTE),
        Of({"routeKey": "$default", "authorizationType": "NONE"}, ROUTE),
    ),
)
def route_has_authoriser(route: Resource) -> Iterator[str]:
    rest = route.type == METHOD
    verb = route.text("httpMethod" if rest else "routeKey").partition(" ")[0]
    if verb == "OPTIONS":  # a browser's preflight carries no token
        return
    key = "authorization" if rest else "authorizationType"
    kind = route.text(key) or "NONE"
    if kind == "NONE":
        yield f"{key} is NONE"
    elif kind in OWN and not route.is_set("authorizerId"):
        yield f"{key} is {kind}, but authorizerId is not set"

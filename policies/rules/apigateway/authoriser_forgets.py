"""An authoriser's verdict that is kept outlives the token: who was locked out stays in until it is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule
from .._scalars import amount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


REST: Final = "aws:apigateway/authorizer:Authorizer"
HTTP: Final = "aws:apigatewayv2/authorizer:Authorizer"
# Kind -> seconds that a verdict is kept when nothing is said.
KINDS: Final = {"TOKEN": 300, "REQUEST": 300}


@rule(
    id="api-authoriser-forgets",
    title="Authorisers keep a verdict for a short time",
    applies_to=(REST, HTTP),
    severity=Severity.MEDIUM,
    fix="Set authorizer_result_ttl_in_seconds to at most what is allowed; 0 asks every time.",
    frameworks=("NIST 800-53:AC-12",),
    unique=True,
    parameters={"most_seconds": Parameter(300, "Longest time that a verdict may be kept.")},
    ok=(
        {"type": "REQUEST", "authorizerResultTtlInSeconds": 60},
        {"type": "TOKEN"},
        {"type": "COGNITO_USER_POOLS", "authorizerResultTtlInSeconds": 3600},
        Of({"authorizerType": "JWT"}, HTTP),
        Of({"authorizerType": "REQUEST", "authorizerResultTtlInSeconds": 0}, HTTP, {"most_seconds": 0}),
    ),
    bad=(
        {"type": "TOKEN", "authorizerResultTtlInSeconds": 3600},
        Of({"type": "TOKEN"}, config={"most_seconds": 60}),
        Of({"authorizerType": "REQUEST", "authorizerResultTtlInSeconds": "301"}, HTTP),
    ),
)
def authoriser_forgets(authoriser: Resource) -> Iterator[str]:
    rest = authoriser.type == REST
    kind = authoriser.text("type" if rest else "authorizerType") or "TOKEN"
    if kind not in KINDS:  # a signed token says itself until when it holds
        return
    given = amount(authoriser.known("authorizerResultTtlInSeconds"))
    default = KINDS[kind] if rest else 0
    kept, most = default if given is None else given, int(authoriser.config["most_seconds"])
    if kept > most:
        yield f"a verdict is kept for {kept:g} s, at most {most} are allowed"

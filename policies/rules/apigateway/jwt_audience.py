"""A token of the right issuer may be meant for another application; only the audience tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, rule
from .._scalars import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="api-jwt-audience",
    title="JWT authorisers name issuer and audience",
    applies_to="aws:apigatewayv2/authorizer:Authorizer",
    severity=Severity.HIGH,
    fix="Set jwt_configuration.audiences to the client ids, and issuer to an https address.",
    frameworks=("NIST 800-53:IA-2", "NIST 800-53:AC-3"),
    ok=(
        {"authorizerType": "JWT", "jwtConfiguration": {"audiences": ["c1"], "issuer": "https://issuer.example.com"}},
        {"authorizerType": "REQUEST"},
    ),
    bad=(
        {"authorizerType": "JWT"},
        {"authorizerType": "JWT", "jwtConfiguration": {"issuer": "https://issuer.example.com"}},
        {"authorizerType": "JWT", "jwtConfiguration": {"audiences": [], "issuer": "https://issuer.example.com"}},
        {"authorizerType": "JWT", "jwtConfiguration": {"audiences": ["c1"], "issuer": "http://issuer.example.com"}},
    ),
)
def jwt_audience(authoriser: Resource) -> Iterator[str | NotEvaluated]:
    if authoriser.text("authorizerType") != "JWT":
        return
    read = texts(authoriser, "jwtConfiguration.audiences")
    if read.unknown:
        yield NotEvaluated("jwtConfiguration.audiences")
    elif not read.values:
        yield "jwtConfiguration.audiences is not set"
    issuer = authoriser.peek("jwtConfiguration.issuer")
    if issuer is UNKNOWN:
        yield NotEvaluated("jwtConfiguration.issuer")
    elif not str(issuer or "").startswith("https://"):
        yield "jwtConfiguration.issuer is not an https address"

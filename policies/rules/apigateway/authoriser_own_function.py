"""Whoever answers for an authoriser decides who passes: a function elsewhere can be changed by somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, stack_rule
from .._stack import Node, Together
from .._used import sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


FUNCTION: Final = "aws:lambda/function:Function"
ALIAS: Final = "aws:lambda/alias:Alias"
AUTHORISERS: Final = ("aws:apigateway/authorizer:Authorizer", "aws:apigatewayv2/authorizer:Authorizer")
REST, HTTP = AUTHORISERS
URI: Final = "authorizerUri"
WHO: Final = Node(FUNCTION, "who", {"name": "qm-who-dev"})
LIVE: Final = Node(ALIAS, "live", sources={"functionName": "who"})
ELSEWHERE: Final = {URI: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations"}


@stack_rule(
    id="api-authoriser-own-function",
    title="Authorisers that ask a function ask one of the stack",
    severity=Severity.HIGH,
    fix="Set authorizer_uri to the invoke_arn of a function's alias.",
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:IA-2"),
    unique=True,
    ok=(
        Together((WHO, LIVE, Node(REST, "users", {"type": "REQUEST"}, {URI: "live"}))),
        Together((WHO, Node(HTTP, "users", {"authorizerType": "REQUEST"}, {URI: "who"}))),
        Together((Node(REST, "users", {"type": "COGNITO_USER_POOLS"}),)),
        Together((Node(HTTP, "users", {"authorizerType": "JWT"}),)),
    ),
    bad=(
        Together((WHO, LIVE, Node(REST, "users", {"type": "REQUEST", **ELSEWHERE}))),
        Together((WHO, Node(REST, "users", ELSEWHERE))),
        Together((Node(HTTP, "users", {"authorizerType": "REQUEST", **ELSEWHERE}),)),
    ),
)
def authoriser_own_function(stack: Stack) -> Iterator[tuple[Member, str]]:
    own = {one.urn for kind in (FUNCTION, ALIAS) for one in stack.of(kind)}
    for kind in AUTHORISERS:
        for one in stack.of(kind):
            asks = one.peek(URI) is not None or sources_of(one, URI)
            if asks and not own & sources_of(one, URI):
                yield one, f"{URI} is no function of the stack"

"""Callers that bypass the alias get the code of the moment: no warm start, no weighted shift, no way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._joined import joined
from .._lambda import ALIAS, FUNCTION
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

# Rotation is a conversation of four calls, which one version has to hold from end to end.
DIRECT: Final = "secretsmanager.amazonaws.com"
PERMISSION: Final = "aws:lambda/permission:Permission"
INTEGRATION: Final = "aws:apigateway/integration:Integration"
AUTHORISER: Final = "aws:apigateway/authorizer:Authorizer"
CALLERS: Final = {
    INTEGRATION: "uri",
    AUTHORISER: "authorizerUri",
    "aws:apigatewayv2/authorizer:Authorizer": "authorizerUri",
    "aws:apigatewayv2/integration:Integration": "integrationUri",
    "aws:cloudwatch/eventTarget:EventTarget": "arn",
    "aws:scheduler/schedule:Schedule": "target",
    "aws:sns/topicSubscription:TopicSubscription": "endpoint",
    "aws:lambda/eventSourceMapping:EventSourceMapping": "functionName",
}
API: Final = Node(FUNCTION, "api", {"name": "qm-api-dev"})
LIVE: Final = Node(ALIAS, "live", {"functionName": "qm-api-dev", "name": "live"}, {"functionName": "api"})


def _calls(source: str) -> Node:
    return Node(INTEGRATION, "ask", {"uri": "arn:of:function"}, {"uri": source})


def _may(**properties: str) -> Node:
    return Node(PERMISSION, "may", {"function": "qm-api-dev", **properties}, {"function": "api"})


@stack_rule(
    id="lambda-alias-used",
    title="Whoever calls a function that has an alias calls the alias",
    severity=Severity.MEDIUM,
    fix="Use the alias's invoke_arn or arn, and its name as the permission's qualifier.",
    unique=True,
    ok=(
        Together((API, _calls("api"), _may())),
        Together((API, LIVE, _calls("live"), _may(qualifier="live"))),
        Together((API, LIVE, _may(principal=DIRECT))),
    ),
    bad=(
        Together((API, LIVE, _calls("api"))),
        Together((API, LIVE, Node(AUTHORISER, "who", {"authorizerUri": "arn:of:function"}, {"authorizerUri": "api"}))),
        Together((API, LIVE, _calls("live"), _may())),
        Together((API, LIVE, _may(qualifier="$LATEST"))),
    ),
)
def alias_used(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for function in stack.of(FUNCTION):
        aliases = [one for one in stack.of(ALIAS) if joined(one, "functionName", function, "name", "arn")]
        if aliases:
            doors = {one.urn for one in aliases}
            yield from _callers(function, doors, stack)
            yield from _permissions(function, doors, stack)


def _callers(function: Member, doors: set[str], stack: Stack) -> Iterator[tuple[Member, str]]:
    for kind, path in CALLERS.items():
        for one in stack.of(kind):
            sources = one.sources.get(path, frozenset())
            if function.urn in sources and not doors & sources:
                yield one, f"{path} is the function {function.name} itself, not its alias"


def _permissions(function: Member, doors: set[str], stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for one in stack.of(PERMISSION):
        named = one.sources.get("function", frozenset()) | one.sources.get("qualifier", frozenset())
        if doors & named or not joined(one, "function", function, "name", "arn") or one.peek("principal") == DIRECT:
            continue
        unknown = [key for key in ("principal", "qualifier") if one.peek(key) is UNKNOWN]
        if unknown:
            yield NotEvaluated(f"{one.name}.{unknown[0]}")
        elif one.peek("qualifier") in (None, "", "$LATEST"):
            yield one, f"qualifier is not an alias of {function.name}"

"""A function that outlives the gateway's patience works, and is paid, for an answer that nobody waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._scalars import amount
from .._stack import Node, Together
from .._used import sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._stack import Member, Stack


FUNCTION: Final = "aws:lambda/function:Function"
ALIAS: Final = "aws:lambda/alias:Alias"
# Integration -> where it names what it calls, and how long it waits when nothing is said, in milliseconds.
INTEGRATIONS: Final[Mapping[str, tuple[str, int]]] = {
    "aws:apigateway/integration:Integration": ("uri", 29_000),
    "aws:apigatewayv2/integration:Integration": ("integrationUri", 30_000),
}
REST, HTTP = INTEGRATIONS
OWN_SECONDS: Final = 3  # of a function that sets no timeout
LIVE: Final = Node(ALIAS, "live", sources={"functionName": "api"})


@stack_rule(
    id="api-timeout-chain",
    title="The gateway waits at least as long as the function works",
    severity=Severity.MEDIUM,
    fix="Set the function's timeout below that of the integration, or answer in the background.",
    frameworks=("NIST 800-53:SC-5",),
    unique=True,
    ok=(
        Together((Node(FUNCTION, "api", {"timeout": 28}), LIVE, Node(REST, "ask", sources={"uri": "live"}))),
        Together((Node(FUNCTION, "api"), Node(REST, "ask", {"timeoutMilliseconds": 5_000}, {"uri": "api"}))),
        Together((Node(FUNCTION, "job", {"timeout": 900}),)),
        Together(
            (
                Node(FUNCTION, "api", {"timeout": 60}),
                Node(REST, "ask", {"responseTransferMode": "STREAM"}, {"uri": "api"}),
            )
        ),
    ),
    bad=(
        Together((Node(FUNCTION, "api", {"timeout": 60}), LIVE, Node(REST, "ask", sources={"uri": "live"}))),
        Together(
            (Node(FUNCTION, "api", {"timeout": 10}), Node(REST, "ask", {"timeoutMilliseconds": 9_000}, {"uri": "api"}))
        ),
        Together((Node(FUNCTION, "api", {"timeout": 31}), Node(HTTP, "ask", sources={"integrationUri": "api"}))),
    ),
)
def timeout_chain(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    functions = {one.urn: one for one in stack.of(FUNCTION)}
    behind = {one.urn: sources_of(one, "functionName") for one in stack.of(ALIAS)}
    for kind, (name, default) in INTEGRATIONS.items():
        for integration in stack.of(kind):
            called = sources_of(integration, name)
            called |= {urn for alias in called for urn in behind.get(alias, ())}
            if integration.peek("responseTransferMode") == "STREAM":
                continue
            waits = integration.peek("timeoutMilliseconds")
            for function in (functions[urn] for urn in sorted(called) if urn in functions):
                works = function.peek("timeout")
                if UNKNOWN in (waits, works):
                    yield NotEvaluated(f"{(function if works is UNKNOWN else integration).name}.timeout")
                    continue
                most, seconds = amount(waits) or default, amount(works) or OWN_SECONDS
                if seconds * 1000 > most:
                    yield (
                        integration,
                        f"{function.name} works for up to {seconds:g} s, and is waited for {most / 1000:g} s",
                    )

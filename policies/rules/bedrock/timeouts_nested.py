"""Who waits must outlast whom it waits for, or work goes on, and is billed, for an answer that nobody gets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._lambda import ALIAS, DEFAULT_TIMEOUT, FUNCTION, ROLE, ROLE_POLICY, calls
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

INTEGRATION: Final = "aws:apigateway/integration:Integration"
INTEGRATIONS: Final = {
    INTEGRATION: ("uri", 29.0),
    "aws:apigatewayv2/integration:Integration": ("integrationUri", 30.0),
}  # and how long each waits unless it says otherwise, in seconds
GRANT: Final = {
    "Effect": "Allow",
    "Action": ["lambda:InvokeFunction"],
    "Resource": ["arn:aws:lambda:us-east-1:000000000000:function:qm-stock-dev:live"],
}


def _chain(waits: int | None, agent: int | None, tool: int | None) -> tuple[Node, ...]:
    return (
        Node(ROLE, "role", {"name": "qm-api-dev"}),
        Node(ROLE_POLICY, "grants", {"policy": json.dumps({"Statement": [GRANT]})}, {"role": "role"}),
        Node(FUNCTION, "api", {"name": "qm-api-dev"} | ({"timeout": agent} if agent else {}), {"role": "role"}),
        Node(ALIAS, "live", {"functionName": "qm-api-dev"}, {"functionName": "api"}),
        Node(FUNCTION, "stock", {"name": "qm-stock-dev"} | ({"timeout": tool} if tool else {})),
        Node(INTEGRATION, "ask", {"uri": "x"} | ({"timeoutMilliseconds": waits} if waits else {}), {"uri": "live"}),
    )


@stack_rule(
    id="bedrock-timeouts-nested",
    title="Tools end before their agent, and the agent before the API",
    severity=Severity.MEDIUM,
    fix="Shorten the timeout of whoever is waited for, or lengthen that of whoever waits.",
    unique=True,
    ok=(Together(_chain(29000, 28, 25)), Together(_chain(None, 29, 29)), Together(_chain(None, None, None))),
    bad=(
        Together(_chain(29000, 28, 60)),
        Together(_chain(29000, 30, 25)),
        Together(_chain(None, 30, 25)),
        Together(_chain(10000, 28, 25)),
        Together(_chain(29000, None, 25)),
    ),
)
def timeouts_nested(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    found = calls(stack)
    yield from map(NotEvaluated, found.unknown)
    for caller, called in found.pairs:
        yield from _compared(called, _timeout(called), caller, _timeout(caller))
    for kind, (path, default) in INTEGRATIONS.items():
        for one in stack.of(kind):
            given = one.peek("timeoutMilliseconds")
            waits = None if given is UNKNOWN else float(given) / 1000 if isinstance(given, (int, float)) else default
            for function in _behind(one.sources.get(path, frozenset()), stack):
                yield from _compared(function, _timeout(function), one, waits)


def _behind(sources: frozenset[str], stack: Stack) -> Iterator[Member]:
    doors = {urn for one in stack.of(ALIAS) if one.urn in sources for urn in one.sources.get("functionName", ())}
    yield from (one for one in stack.of(FUNCTION) if one.urn in sources | doors)


def _timeout(function: Member) -> float | None:
    """In seconds; None when it is unknown."""
    given = function.peek("timeout")
    if given is UNKNOWN:
        return None
    return float(given) if isinstance(given, (int, float)) else DEFAULT_TIMEOUT


def _compared(
    called: Member, takes: float | None, caller: Member, waits: float | None
) -> Iterator[tuple[Member, str] | NotEvaluated]:
    if takes is None or waits is None:
        yield NotEvaluated(f"{(called if takes is None else caller).name}.timeout")
    elif takes > waits:
        yield called, f"it may take {takes:g} s, {caller.name} waits {waits:g} s"

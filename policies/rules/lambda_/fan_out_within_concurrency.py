"""An agent that asks ten tools at once is throttled by a tool function that may run five times."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._lambda import FUNCTION, ROLE, ROLE_POLICY, calls
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Parameter, Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

RESERVE: Final = "reservedConcurrentExecutions"


def _agent(caller: int | None, tool: int | None) -> tuple[Node, ...]:
    statement = {
        "Effect": "Allow",
        "Action": ["lambda:InvokeFunction"],
        "Resource": ["arn:aws:lambda:us-east-1:000000000000:function:qm-stock-dev:live"],
    }
    return (
        Node(ROLE, "role", {"name": "qm-api-dev"}),
        Node(ROLE_POLICY, "grants", {"policy": json.dumps({"Statement": [statement]})}, {"role": "role"}),
        Node(FUNCTION, "api", {"name": "qm-api-dev"} | ({RESERVE: caller} if caller else {}), {"role": "role"}),
        Node(FUNCTION, "stock", {"name": "qm-stock-dev"} | ({RESERVE: tool} if tool else {})),
    )


@stack_rule(
    id="lambda-fan-out-within-concurrency",
    title="A function that others call may run as often at once as they call it",
    severity=Severity.MEDIUM,
    fix="Give the called function at least the reserve of its callers, and at least the fan-out of one request.",
    unique=True,
    parameters={"fan_out": Parameter(10, "Calls that one request makes of one function at the same time.")},
    ok=(
        Together(_agent(50, 50)),
        Together(_agent(None, None)),
        Together(_agent(None, 20), {"fan_out": 20}),
    ),
    bad=(
        Together(_agent(50, 49)),
        Together(_agent(None, 5)),
        Together(_agent(None, 20), {"fan_out": 30}),
    ),
)
def fan_out_within_concurrency(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    found = calls(stack)
    for caller, called in found.pairs:
        reserve, own = called.peek(RESERVE), caller.peek(RESERVE)
        if UNKNOWN in (reserve, own):
            yield NotEvaluated(f"{called.name}.{RESERVE}")
            continue
        needed = max(own if isinstance(own, (int, float)) else 0, int(called.config["fan_out"]))
        if isinstance(reserve, (int, float)) and 0 <= reserve < needed:
            yield called, f"its reserve is {reserve:g}, {caller.name} may call it {needed:g} times at once"
    if any(one.is_set(RESERVE) for one in stack.of(FUNCTION)):
        yield from map(NotEvaluated, found.unknown)

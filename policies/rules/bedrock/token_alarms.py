"""Tokens are what a runaway agent burns first; without an alarm the invoice tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._bedrock import ROLE_POLICY, uses_models
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Parameter, Severity, stack_rule
from .._stack import Node, Together
from .model_supported import may, model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
INVOKES: Final = Node(ROLE_POLICY, "grants", may(model("amazon.nova-pro-v1:0")))


def _queries(*names: str) -> Node:
    queries = [{"id": "all", "expression": "a + b"}, *({"id": one, "metric": {"metricName": one}} for one in names)]
    return Node(ALARM, "tokens", {"metricQueries": queries})


@stack_rule(
    id="bedrock-token-alarms",
    title="A stack that invokes models has alarms on their tokens",
    severity=Severity.MEDIUM,
    fix="Add an alarm on the catalogue's metrics of tokens, which the agents emit.",
    unique=True,
    parameters={
        "metrics": Parameter(("input_tokens", "output_tokens"), "Metrics that an alarm must watch; none: no alarm.")
    },
    ok=(
        Together(()),
        Together((INVOKES, _queries("input_tokens", "output_tokens"))),
        Together((INVOKES, Node(ALARM, "cost", {"metricName": "cost_usd"})), {"metrics": ["cost_usd"]}),
        Together((INVOKES,), {"metrics": []}),
    ),
    bad=(
        Together((INVOKES,)),
        Together((INVOKES, _queries("input_tokens"))),
        Together((INVOKES, Node(ALARM, "cost", {"metricName": "cost_usd"}))),
    ),
)
def token_alarms(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    if not stack.members or uses_models(stack) is False:
        return
    watched: set[object] = set()
    for alarm in stack.of(ALARM):
        watched.add(alarm.peek("metricName"))
        queries = alarm.peek("metricQueries")
        if queries is UNKNOWN:
            watched.add(UNKNOWN)
            continue
        watched |= {alarm.peek(f"{path}.metric.metricName") for path in alarm.each("metricQueries")}
    missing = [one for one in stack.members[0].config["metrics"] if one not in watched]
    if not missing:
        return
    if UNKNOWN in watched or uses_models(stack) is None:
        yield NotEvaluated("metricName")
    else:
        yield stack.members[0], f"no alarm watches {', '.join(missing)}"

"""A bus without a policy of its own says nowhere who is meant to put events on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._joined import joined
from .._resource import NotEvaluated
from .._rule import Enforcement, Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

BUS: Final = "aws:cloudwatch/eventBus:EventBus"
POLICY: Final = "aws:cloudwatch/eventBusPolicy:EventBusPolicy"
KINDS: Final = (POLICY, "aws:cloudwatch/eventPermission:EventPermission")
OWN: Final = Node(BUS, "orders", {"name": "qm-orders-dev"})


@stack_rule(
    id="events-bus-has-policy",
    title="Every event bus has a policy",
    severity=Severity.LOW,
    fix="Add an EventBusPolicy that names who may put events.",
    sources=("FSBP:EventBridge.3",),
    enforcement=Enforcement.ADVISORY,
    ok=(
        Together(()),
        Together((OWN, Node(POLICY, "policy", {}, {"eventBusName": "orders"}))),
        Together((OWN, Node(KINDS[1], "permission", {"eventBusName": "qm-orders-dev"}))),
    ),
    bad=(Together((OWN,)), Together((OWN, Node(POLICY, "policy", {"eventBusName": "default"})))),
)
def bus_has_policy(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for bus in stack.of(BUS):
        answers = {joined(one, "eventBusName", bus, "name") for kind in KINDS for one in stack.of(kind)}
        if True not in answers and None in answers:
            yield NotEvaluated(f"{bus.name}.name")
        elif True not in answers:
            yield bus, "no EventBusPolicy is for it"

"""A load balancer without a listener answers nobody and is billed by the hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._joined import any_joined
from .._resource import NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

BALANCERS: Final = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")
LISTENERS: Final = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")
DOOR: Final = Node(BALANCERS[0], "door")


@stack_rule(
    id="cost-no-idle-load-balancer",
    title="Every load balancer has a listener",
    severity=Severity.LOW,
    fix="Add a listener, or remove the load balancer.",
    unique=True,
    ok=(Together(()), Together((DOOR, Node(LISTENERS[0], "https", {}, {"loadBalancerArn": "door"})))),
    bad=(
        Together((DOOR,)),
        Together((DOOR, Node(BALANCERS[1], "other"), Node(LISTENERS[1], "https", {}, {"loadBalancerArn": "other"}))),
    ),
)
def no_idle_load_balancer(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    listeners = [one for kind in LISTENERS for one in stack.of(kind)]
    for balancer in (one for kind in BALANCERS for one in stack.of(kind)):
        has = any_joined(listeners, "loadBalancerArn", balancer, "arn")
        if has is None:
            yield NotEvaluated("loadBalancerArn")
        elif not has:
            yield balancer, "it has no listener"

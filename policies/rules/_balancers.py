"""Types of load balancers and listeners: the SDK has each under two names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ._resource import Resource

BALANCERS: Final = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")
LISTENERS: Final = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")


def is_application(balancer: Resource) -> bool:
    """Whether it speaks HTTP; that is its type when none is set. Ends the rule when it is unknown."""
    return balancer.text("loadBalancerType") in {"", "application"}

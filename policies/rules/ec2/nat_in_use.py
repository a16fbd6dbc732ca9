"""A NAT gateway that no route leads to is paid by the hour for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, stack_rule
from .._stack import Node, Together
from .._used import used

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


NAT: Final = "aws:ec2/natGateway:NatGateway"
ROUTE: Final = "aws:ec2/route:Route"
TABLES: Final = ("aws:ec2/routeTable:RouteTable", "aws:ec2/defaultRouteTable:DefaultRouteTable")
ONE: Final = Node(NAT, "nat")


@stack_rule(
    id="ec2-nat-in-use",
    title="Every NAT gateway has a route that leads to it",
    severity=Severity.LOW,
    fix="Remove the NAT gateway, or add the route of the private subnets.",
    unique=True,
    ok=(
        Together((ONE, Node(ROUTE, "out", sources={"natGatewayId": "nat"}))),
        Together((ONE, Node(TABLES[0], "table", sources={"routes": "nat"}))),
    ),
    bad=(Together((ONE,)), Together((ONE, Node(ROUTE, "out", sources={"gatewayId": "nat"})))),
)
def nat_in_use(stack: Stack) -> Iterator[tuple[Member, str]]:
    led = used(stack, ROUTE, "natGatewayId") | used(stack, TABLES, "routes")
    for nat in stack.of(NAT):
        if nat.urn not in led:
            yield nat, "no route leads to this NAT gateway"

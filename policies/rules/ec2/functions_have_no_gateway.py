"""A subnet with a route to an internet gateway is public: functions in it reach nothing, services may be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, stack_rule
from .._stack import Node, Together
from .._used import sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


FUNCTION: Final = "aws:lambda/function:Function"
SERVICE: Final = "aws:ecs/service:Service"
ASSOCIATION: Final = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ROUTE: Final = "aws:ec2/route:Route"
TABLE: Final = "aws:ec2/routeTable:RouteTable"
GATEWAY: Final = "aws:ec2/internetGateway:InternetGateway"
INSIDE: Final = (
    Node(GATEWAY, "internet"),
    Node("aws:ec2/subnet:Subnet", "net"),
    Node(TABLE, "table"),
    Node(ASSOCIATION, "both", sources={"subnetId": "net", "routeTableId": "table"}),
    Node(FUNCTION, "api", sources={"vpcConfig": "net"}),
)
OUT: Final = {"routeTableId": "table", "gatewayId": "internet"}


@stack_rule(
    id="ec2-functions-have-no-gateway",
    title="Functions and services run in subnets without a route to an internet gateway",
    severity=Severity.HIGH,
    fix="Put them into private subnets, whose way out is a NAT gateway or endpoints.",
    frameworks=("NIST 800-53:SC-7",),
    unique=True,
    ok=(
        Together(INSIDE),
        Together(
            (
                *INSIDE,
                Node("aws:ec2/natGateway:NatGateway", "nat"),
                Node(ROUTE, "out", sources=OUT | {"gatewayId": "nat"}),
            )
        ),
        Together((*INSIDE[:4], Node(ROUTE, "out", sources=OUT))),
    ),
    bad=(
        Together((*INSIDE, Node(ROUTE, "out", sources=OUT))),
        Together((*INSIDE[:2], Node(TABLE, "table", sources={"routes": "internet"}), *INSIDE[3:])),
        Together(
            (
                *INSIDE[:4],
                Node(SERVICE, "web", sources={"networkConfiguration": "net"}),
                Node(ROUTE, "out", sources=OUT),
            )
        ),
    ),
)
def functions_have_no_gateway(stack: Stack) -> Iterator[tuple[Member, str]]:
    gateways = {one.urn for one in stack.of(GATEWAY)}
    open_tables = {one.urn for one in stack.of(TABLE) if gateways & sources_of(one, "routes")}
    for route in stack.of(ROUTE):
        if gateways & sources_of(route, "gatewayId"):
            open_tables |= sources_of(route, "routeTableId")
    public = {
        subnet
        for one in stack.of(ASSOCIATION)
        if open_tables & sources_of(one, "routeTableId")
        for subnet in sources_of(one, "subnetId")
    }
    for kind, name in ((FUNCTION, "vpcConfig"), (SERVICE, "networkConfiguration")):
        for one in stack.of(kind):
            if public & sources_of(one, name):
                yield one, f"{name} has a subnet with a route to an internet gateway"

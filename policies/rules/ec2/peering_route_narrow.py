"""A route that sends everything to a peer lets one network's trouble into the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._ports import anywhere
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


ROUTE: Final = "aws:ec2/route:Route"
TABLE: Final = "aws:ec2/routeTable:RouteTable"
WAYS: Final = ("vpcPeeringConnectionId", "transitGatewayId")
BROADEST: Final = 16  # prefix length: a whole VPC


@rule(
    id="ec2-peering-route-narrow",
    title="Routes to peered networks name the network",
    applies_to=(ROUTE, TABLE),
    severity=Severity.MEDIUM,
    fix="Set the destination to the range of the peer, or to the subnets that are called.",
    sources=("checkov:CKV2_AWS_44", "prowler:vpc_peering_routing_tables_with_least_privilege"),
    frameworks=("CIS AWS 3.0:5.5", "NIST 800-53:AC-4"),
    ok=(
        {"destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"},
        {"destinationCidrBlock": "10.1.0.0/16", "vpcPeeringConnectionId": "pcx-1"},
        Of({"routes": [{"cidrBlock": "10.1.2.0/24", "vpcPeeringConnectionId": "pcx-1"}]}, TABLE),
    ),
    bad=(
        {"destinationCidrBlock": "0.0.0.0/0", "vpcPeeringConnectionId": "pcx-1"},
        {"destinationCidrBlock": "10.0.0.0/8", "vpcPeeringConnectionId": "pcx-1"},
        {"destinationIpv6CidrBlock": "::/0", "vpcPeeringConnectionId": "pcx-1"},
        Of({"routes": [{"cidrBlock": "0.0.0.0/0", "vpcPeeringConnectionId": "pcx-1"}]}, TABLE),
    ),
)
def peering_route_narrow(route: Resource) -> Iterator[str | NotEvaluated]:
    single = ("", "destinationCidrBlock", "destinationIpv6CidrBlock")
    many = (
        [single] if route.type == ROUTE else [(f"{at}.", "cidrBlock", "ipv6CidrBlock") for at in route.each("routes")]
    )
    for at, *names in many:
        if not route.is_set(f"{at}vpcPeeringConnectionId"):
            continue
        for name in names:
            place = route.peek(f"{at}{name}")
            if place is UNKNOWN:
                yield NotEvaluated(f"{at}{name}")
            elif isinstance(place, str) and _broad(place):
                yield f"{at}{name} {place} goes to the peer"


def _broad(place: str) -> bool:
    length = place.rpartition("/")[2]
    return anywhere(place) or (":" not in place and length.isdecimal() and int(length) < BROADEST)

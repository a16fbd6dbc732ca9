"""The ways out of a VPC: an internet gateway for public subnets, and NAT gateways in them for private ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from components.naming import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.naming import Names

_ANYWHERE: Final = "0.0.0.0/0"
_LETTERS: Final = "abc"  # of zones, by their number


def nat_of(zone: int, nat_count: int) -> int | None:
    """The NAT gateway of a zone: its own, else one of those there are, in turn; None when there is none."""
    return zone % nat_count if nat_count else None


@dataclass(frozen=True, kw_only=True)
class RoutesArgs:
    """Ids of subnets by the number of their zone."""

    names: Names
    vpc_id: pulumi.Input[str]
    public: Mapping[int, pulumi.Input[str]]
    private: Mapping[int, pulumi.Input[str]]
    nat_count: int


@dataclass(frozen=True, kw_only=True)
class Routes:
    """The private subnets' route tables, and the public addresses that their calls come from."""

    private: Sequence[aws.ec2.RouteTable]
    addresses: pulumi.Output[Sequence[str]]


def make_routes(name: str, args: RoutesArgs, opts: pulumi.ResourceOptions) -> Routes:
    """One route table for all public subnets, one for each private: a zone's trouble is then no other's."""
    gateway = aws.ec2.InternetGateway(
        f"{name}-gateway", vpc_id=args.vpc_id, tags=_tags(args.names, "gateway"), opts=opts
    )
    table = _table(name, args, "public", opts)
    _out(name, "public", table, opts, gateway_id=gateway.id)
    for zone, subnet in args.public.items():
        _associate(name, f"public-{_LETTERS[zone]}", table, subnet, opts)
    after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[gateway]))
    addresses = [
        aws.ec2.Eip(f"{name}-nat-{letter}-address", domain="vpc", tags=_tags(args.names, f"nat{letter}"), opts=after)
        for letter in _LETTERS[: args.nat_count]
    ]
    nats = [
        aws.ec2.NatGateway(
            f"{name}-nat-{_LETTERS[zone]}",
            allocation_id=address.id,
            subnet_id=args.public[zone],
            tags=_tags(args.names, f"nat{_LETTERS[zone]}"),
            opts=after,
        )
        for zone, address in enumerate(addresses)
    ]
    tables = []
    for zone, subnet in args.private.items():
        label = f"private-{_LETTERS[zone]}"
        tables.append(_table(name, args, label, opts))
        _associate(name, label, tables[-1], subnet, opts)
        nat = nat_of(zone, len(nats))
        if nat is not None:
            _out(name, label, tables[-1], opts, nat_gateway_id=nats[nat].id)
    return Routes(private=tables, addresses=pulumi.Output.all(*(address.public_ip for address in addresses)))


def _table(name: str, args: RoutesArgs, label: str, opts: pulumi.ResourceOptions) -> aws.ec2.RouteTable:
    tags = _tags(args.names, label.replace("-", ""))
    return aws.ec2.RouteTable(f"{name}-{label}-routes", vpc_id=args.vpc_id, tags=tags, opts=opts)


def _out(
    name: str, label: str, table: aws.ec2.RouteTable, opts: pulumi.ResourceOptions, **way: pulumi.Input[str]
) -> None:
    aws.ec2.Route(f"{name}-{label}-out", route_table_id=table.id, destination_cidr_block=_ANYWHERE, opts=opts, **way)


def _associate(
    name: str, label: str, table: aws.ec2.RouteTable, subnet: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> None:
    aws.ec2.RouteTableAssociation(f"{name}-{label}-association", route_table_id=table.id, subnet_id=subnet, opts=opts)


def _tags(names: Names, purpose: str) -> dict[str, str]:
    """The name that the console shows."""
    return {"Name": names.name(Kind.NETWORK, purpose)}

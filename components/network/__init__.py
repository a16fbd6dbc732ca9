"""Where functions run when they run in a VPC: private subnets, a way out, and nobody's way in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pulumi
import pulumi_aws as aws

from components.naming import Kind
from components.subnets import subnets

from .endpoints import endpoints
from .flow_log import FlowLogArgs, make_flow_log
from .vpc_routes import RoutesArgs, make_routes

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from components.arns import Arns
    from components.naming import Names
    from components.subnets import Subnet

_ANYWHERE: Final = "0.0.0.0/0"
_HTTPS: Final = 443
# Zones that lack current hardware, and with it endpoints of several services.
_OLD_ZONES: Final = frozenset({"use1-az3"})


def first_zones(ids: Mapping[str, str], wanted: int, region: str) -> Sequence[str]:
    """The names of the zones to use, in their order, old ones last; `ids` is name -> id.

    Raises RunError when the account has fewer than wanted.
    """
    if len(ids) < wanted:
        raise pulumi.RunError(
            f"networking.zones: {wanted} is above the {len(ids)} zones that this account has in {region}"
            f" ({', '.join(sorted(ids))}); write {len(ids)}"
        )
    return sorted(ids, key=lambda name: (ids[name] in _OLD_ZONES, name))[:wanted]


def ports_of(urls: Collection[str]) -> tuple[int, ...]:
    """The ports that functions may connect to: that of HTTPS, and those that URLs name."""
    return tuple(sorted({_HTTPS, *(urlsplit(url).port or _HTTPS for url in urls)}))


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    names: Names
    arns: Arns
    cidr: str
    zones: int
    nat_count: int
    interface_endpoints: bool  # one for each service in use; False: those of S3 and DynamoDB, which cost nothing
    actions: Collection[str]  # IAM actions of all functions that run here
    outbound_urls: Collection[str]  # that agents may call; their ports are let out
    vpc_id: str  # an existing VPC; empty: one of the stack's own
    subnet_ids: Sequence[str]  # of the existing VPC
    retention_days: int
    logs_key: pulumi.Input[str]  # ARN
    boundary: str  # ARN of the permissions boundary; empty: none


class Network(pulumi.ComponentResource):
    """A VPC over several zones whose functions have no public address, or one security group in a VPC of yours.

    The runtime takes its subnets and security group. Nothing may connect to the functions; they may connect by HTTPS.
    """

    vpc_id: pulumi.Output[str]
    subnet_ids: pulumi.Output[Sequence[str]]  # private
    security_group_id: pulumi.Output[str]  # of the functions
    default_group_id: pulumi.Output[str] | None  # of the VPC, without rules; None for a VPC of yours
    addresses: pulumi.Output[Sequence[str]]  # public, that the functions' calls come from; others may have to list them

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:network:Network", name, {}, opts)
        self._name, self._args = name, args
        if args.vpc_id:
            self.vpc_id = pulumi.Output.from_input(args.vpc_id)
            self.subnet_ids = pulumi.Output.from_input(list(args.subnet_ids))
            self.addresses = pulumi.Output.from_input([])
            self.security_group_id = self._functions_group().id
            self.default_group_id = None
        else:
            self._own()
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "subnet_ids": self.subnet_ids,
                "security_group_id": self.security_group_id,
                "default_group_id": self.default_group_id,
                "addresses": self.addresses,
            }
        )

    def _own(self) -> None:
        """A VPC of the stack's own."""
        args = self._args
        zones = self._zones()
        vpc = aws.ec2.Vpc(
            f"{self._name}-vpc",
            cidr_block=args.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,  # private names of endpoints need both
            tags=self._tags("vpc"),
            opts=self._child(),
        )
        self.vpc_id = vpc.id
        # Without rules; the group that everything gets which names none.
        default = aws.ec2.DefaultSecurityGroup(
            f"{self._name}-default-group", vpc_id=vpc.id, tags=self._tags("default"), opts=self._child()
        )
        made = self._subnets(zones)
        private = {zone: subnet for (zone, public), subnet in made.items() if not public}
        routes = make_routes(
            self._name,
            RoutesArgs(
                names=args.names,
                vpc_id=vpc.id,
                public={zone: subnet.id for (zone, public), subnet in made.items() if public},
                private={zone: subnet.id for zone, subnet in private.items()},
                nat_count=args.nat_count,
            ),
            self._child(),
        )
        group = self._functions_group()
        self._endpoints(private, routes.private, group)
        make_flow_log(
            f"{self._name}-flow",
            FlowLogArgs(
                names=args.names,
                arns=args.arns,
                vpc_id=vpc.id,
                retention_days=args.retention_days,
                logs_key=args.logs_key,
                boundary=args.boundary,
            ),
            self._child(),
        )
        self.addresses = routes.addresses
        self.security_group_id = group.id
        self.default_group_id = default.id
        self.subnet_ids = pulumi.Output.all(*(subnet.id for subnet in private.values()))

    def _subnets(self, zones: Sequence[str]) -> Mapping[tuple[int, bool], aws.ec2.Subnet]:
        """By number of the zone, and whether public. Neither kind hands out public addresses."""
        return {
            (plan.zone, plan.public): aws.ec2.Subnet(
                f"{self._name}-{plan.name}",
                vpc_id=self.vpc_id,
                cidr_block=plan.cidr,
                availability_zone=zones[plan.zone],
                map_public_ip_on_launch=False,
                tags=self._tags(_word(plan)),
                # A region that gets a zone more must not move subnets that are in use.
                opts=self._child(ignore_changes=["availability_zone"]),
            )
            for plan in subnets(self._args.cidr, self._args.zones)
        }

    def _zones(self) -> Sequence[str]:
        """Names of the zones to use: no local zones, which an account opts into. They differ between accounts."""
        found = aws.get_availability_zones(
            state="available",
            filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}],
            opts=pulumi.InvokeOptions(parent=self),
        )
        return first_zones(
            dict(zip(found.names, found.zone_ids, strict=True)), self._args.zones, self._args.arns.region
        )

    def _endpoints(
        self,
        private: Mapping[int, aws.ec2.Subnet],
        tables: Sequence[aws.ec2.RouteTable],
        functions: aws.ec2.SecurityGroup,
    ) -> None:
        """One for each service that functions call, and a security group that only functions may connect to."""
        arns = self._args.arns
        planned = endpoints(self._args.actions, interfaces=self._args.interface_endpoints)
        group = None
        if not all(endpoint.gateway for endpoint in planned):
            group = self._group("endpoints", "VPC endpoints: HTTPS from the functions")
            aws.vpc.SecurityGroupIngressRule(
                f"{self._name}-endpoints-from-functions",
                security_group_id=group.id,
                description="HTTPS from the functions",
                referenced_security_group_id=functions.id,
                ip_protocol="tcp",
                from_port=_HTTPS,
                to_port=_HTTPS,
                tags=self._tags("endpoints"),
                opts=self._child(),
            )
        for endpoint in planned:
            where: dict[str, object] = {"route_table_ids": [table.id for table in tables]}
            if not endpoint.gateway and group:
                where = {
                    "subnet_ids": [subnet.id for subnet in private.values()],
                    "security_group_ids": [group.id],
                    "private_dns_enabled": True,  # code finds the endpoint under the service's usual name
                }
            aws.ec2.VpcEndpoint(
                f"{self._name}-endpoint-{endpoint.service}",
                vpc_id=self.vpc_id,
                service_name=endpoint.service_name(arns.region),
                vpc_endpoint_type="Gateway" if endpoint.gateway else "Interface",
                policy=endpoint.policy(arns),
                tags=self._tags(endpoint.service.replace("-", "")),
                opts=self._child(),
                **where,
            )

    def _functions_group(self) -> aws.ec2.SecurityGroup:
        """No way in; out by HTTPS. Names are resolved by the VPC's own resolver, which no group stands before."""
        group = self._group("functions", "Functions: nothing in, HTTPS out")
        for port in ports_of(self._args.outbound_urls):
            aws.vpc.SecurityGroupEgressRule(
                f"{self._name}-functions-out-{port}",
                security_group_id=group.id,
                description="HTTPS to services, models and sign-in keys",
                cidr_ipv4=_ANYWHERE,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                tags=self._tags("functions"),
                opts=self._child(),
            )
        return group

    def _group(self, purpose: str, description: str) -> aws.ec2.SecurityGroup:
        """A security group without rules. Another description would replace it, which fails while it is in use."""
        name = self._args.names.name(Kind.SECURITY_GROUP, purpose)
        return aws.ec2.SecurityGroup(
            f"{self._name}-{purpose}",
            name=name,
            description=description,
            vpc_id=self.vpc_id,
            tags={"Name": name},
            opts=self._child(),
        )

    def _tags(self, purpose: str) -> dict[str, str]:
        """The name that the console shows."""
        return {"Name": self._args.names.name(Kind.NETWORK, purpose)}

    def _child(self, *, ignore_changes: Sequence[str] = ()) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, ignore_changes=list(ignore_changes))


def _word(plan: Subnet) -> str:
    return plan.name.replace("-", "")

"""The network that functions run in, of the stack's own or yours."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

import pulumi
import pytest

from components.network import first_zones, ports_of
from components.network.vpc_routes import nat_of
from delivery.sdk_types import unknown_properties

if TYPE_CHECKING:
    from collections.abc import Callable

    from delivery.recorder import Recording, Registration

Program: TypeAlias = "Callable[..., Recording]"
ANYWHERE = "0.0.0.0/0"
HTTPS = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443}
ACTIONS = (
    "athena:StartQueryExecution",
    "dynamodb:GetItem",
    "lambda:InvokeFunction",
    "logs:PutLogEvents",
    "s3:GetObject",
)
INTERFACES = ("athena", "lambda")
GATEWAYS = ("dynamodb", "s3")
SOURCE = """
from components.network import Network, NetworkArgs

network = Network(
    "network",
    NetworkArgs(
        names=names,
        arns=arns,
        cidr="10.40.0.0/20",
        zones={zones},
        nat_count={nats},
        interface_endpoints={interfaces},
        actions={actions},
        outbound_urls=[],
        vpc_id={vpc_id!r},
        subnet_ids={subnet_ids},
        retention_days=14,
        logs_key="arn:aws:kms:us-east-1:123456789012:key/logs",
        boundary="arn:aws:iam::123456789012:policy/boundary",
    ),
    opts,
)
pulumi.export("subnet_ids", network.subnet_ids)
"""


def built(program: Program, zones: int = 2, nats: int = 1, *, interfaces: bool = False) -> Recording:
    """A network of the stack's own."""
    return program(
        SOURCE.format(zones=zones, nats=nats, interfaces=interfaces, actions=ACTIONS, vpc_id="", subnet_ids=[])
    )


def children(recording: Recording) -> list[Registration]:
    (component,) = recording.of_type("quartermaster:network:Network")
    return [one for one in recording.registrations if one.parent == component.urn]


def named(recording: Recording, name: str) -> Registration:
    return next(one for one in recording.registrations if one.name == name)


def expected(zones: int, nats: int, interfaces: int) -> dict[str, int]:
    private_routes = zones if nats else 0
    return {
        "aws:cloudwatch/logGroup:LogGroup": 1,
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": 1,
        "aws:ec2/eip:Eip": nats,
        "aws:ec2/flowLog:FlowLog": 1,
        "aws:ec2/internetGateway:InternetGateway": 1,
        "aws:ec2/natGateway:NatGateway": nats,
        "aws:ec2/route:Route": 1 + private_routes,
        "aws:ec2/routeTable:RouteTable": 1 + zones,
        "aws:ec2/routeTableAssociation:RouteTableAssociation": 2 * zones,
        "aws:ec2/securityGroup:SecurityGroup": 2 if interfaces else 1,
        "aws:ec2/subnet:Subnet": 2 * zones,
        "aws:ec2/vpc:Vpc": 1,
        "aws:ec2/vpcEndpoint:VpcEndpoint": len(GATEWAYS) + interfaces,
        "aws:iam/role:Role": 1,
        "aws:iam/rolePolicy:RolePolicy": 1,
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 1,
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": 1 if interfaces else 0,
    }


@pytest.mark.must_have("network", "Zones, NAT gateways and endpoints are as many as the settings say, and nothing else")
@pytest.mark.parametrize("interfaces", [False, True])
@pytest.mark.parametrize(("zones", "nats"), [(1, 0), (1, 1), (2, 0), (2, 1), (2, 2), (3, 1), (3, 2), (3, 3)])
def test_a_network_has_exactly_its_parts(program: Program, zones: int, nats: int, *, interfaces: bool) -> None:
    """Each size, from one zone without a way out to three with one each."""
    recording = built(program, zones, nats, interfaces=interfaces)
    found = Counter(one.type for one in children(recording))
    assert found == Counter(expected(zones, nats, len(INTERFACES) if interfaces else 0))
    assert all(one.name.startswith("network-") for one in children(recording))


@pytest.mark.must_have(
    "network", "Functions have no public address: they run in subnets whose way out is a NAT gateway"
)
def test_private_subnets_reach_out_by_nat_only(program: Program) -> None:
    """No subnet hands out public addresses, and only the public route table leads to the internet gateway."""
    recording = built(program, 3, 2)
    assert {one.values["mapPublicIpOnLaunch"] for one in recording.of_type("aws:ec2/subnet:Subnet")} == {False}
    routes = {one.name: one for one in recording.of_type("aws:ec2/route:Route")}
    ways = {name: "gatewayId" if "gatewayId" in one.values else "natGatewayId" for name, one in routes.items()}
    assert ways == {
        "network-public-out": "gatewayId",
        "network-private-a-out": "natGatewayId",
        "network-private-b-out": "natGatewayId",
        "network-private-c-out": "natGatewayId",
    }


@pytest.mark.must_have("network", "A zone uses its own NAT gateway where there is one")
def test_each_zone_uses_its_own_nat_gateway_or_one_of_the_others(program: Program) -> None:
    """With fewer NAT gateways than zones the zones without one share; the engine learns which from the dependency."""
    assert [nat_of(zone, 3) for zone in range(3)] == [0, 1, 2]
    assert [nat_of(zone, 2) for zone in range(3)] == [0, 1, 0]
    assert [nat_of(zone, 0) for zone in range(3)] == [None, None, None]
    recording = built(program, 3, 2)
    used = {
        letter: named(recording, f"network-private-{letter}-out").property_dependencies["natGatewayId"]
        for letter in "abc"
    }
    nats = {letter: (named(recording, f"network-nat-{letter}").urn,) for letter in "ab"}
    assert used == {"a": nats["a"], "b": nats["b"], "c": nats["a"]}


@pytest.mark.must_have("network", "Nothing may connect to functions, and functions connect by HTTPS only")
def test_functions_take_no_connections(program: Program) -> None:
    """One rule, for port 443 out; what has no group of its own gets the default one, which has no rules."""
    recording = built(program)
    functions = named(recording, "network-functions")
    (rule,) = recording.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert {key: rule.values[key] for key in HTTPS} == HTTPS
    assert rule.values["cidrIpv4"] == ANYWHERE
    assert rule.property_dependencies["securityGroupId"] == (functions.urn,)
    assert not {"ingress", "egress"} & set(functions.values)
    assert not {"ingress", "egress"} & set(named(recording, "network-default-group").values)


@pytest.mark.must_have("network", "Only functions may connect to endpoints, by HTTPS and the service's usual name")
def test_endpoints_take_connections_from_functions_only(program: Program) -> None:
    """The endpoints' own group refers to the functions' group, not to a range."""
    recording = built(program, interfaces=True)
    (rule,) = recording.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert {key: rule.values[key] for key in HTTPS} == HTTPS
    assert rule.property_dependencies["referencedSecurityGroupId"] == (named(recording, "network-functions").urn,)
    assert not any(key.startswith("cidr") for key in rule.values)
    for service in INTERFACES:
        values = named(recording, f"network-endpoint-{service}").values
        assert values["privateDnsEnabled"] is True
        assert values["vpcEndpointType"] == "Interface"
        subnets = values["subnetIds"]
        assert isinstance(subnets, list)
        assert len(subnets) == 2


@pytest.mark.must_have(
    "network", "S3 and DynamoDB are reached without a NAT gateway, and no data of another account is"
)
def test_gateway_endpoints_hold_the_account(program: Program) -> None:
    """They serve every private route table, and their policy names the account on both sides."""
    recording = built(program, 3, 1)
    tables = {named(recording, f"network-private-{letter}-routes").urn for letter in "abc"}
    for service in GATEWAYS:
        one = named(recording, f"network-endpoint-{service}")
        assert one.values["serviceName"] == f"com.amazonaws.us-east-1.{service}"
        assert set(one.property_dependencies["routeTableIds"]) == tables
        (statement,) = json.loads(str(one.values["policy"]))["Statement"]
        assert statement["Condition"]["StringEquals"] == {
            "aws:PrincipalAccount": "123456789012",
            "aws:ResourceAccount": "123456789012",
        }


@pytest.mark.must_have("network", "All traffic is in an encrypted flow log that is kept as long as other logs")
def test_the_flow_log_keeps_everything(program: Program) -> None:
    """Accepted and refused; its role is for this account's flow logs only, and bounded as every role."""
    recording = built(program)
    (flow,) = recording.of_type("aws:ec2/flowLog:FlowLog")
    assert (flow.values["trafficType"], flow.values["maxAggregationInterval"]) == ("ALL", 600)
    (logs,) = recording.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert logs.values["name"] == "/aws/vpc/qm-vpc-dev"
    assert logs.values["retentionInDays"] == 14
    assert logs.values["kmsKeyId"] == "arn:aws:kms:us-east-1:123456789012:key/logs"
    (role,) = recording.of_type("aws:iam/role:Role")
    (trust,) = json.loads(str(role.values["assumeRolePolicy"]))["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"]["ArnLike"] == {"aws:SourceArn": "arn:aws:ec2:us-east-1:123456789012:vpc-flow-log/*"}
    assert role.values["permissionsBoundary"] == "arn:aws:iam::123456789012:policy/boundary"


@pytest.mark.must_have("network", "In a VPC of yours it makes one security group and touches nothing else")
def test_an_existing_vpc_gets_a_security_group(program: Program) -> None:
    """Subnets are handed on as they are given."""
    source = SOURCE.format(
        zones=2, nats=1, interfaces=True, actions=ACTIONS, vpc_id="vpc-0a1b2c3d", subnet_ids=["subnet-0a1b2c3d"]
    )
    recording = program(source)
    assert Counter(one.type for one in children(recording)) == {
        "aws:ec2/securityGroup:SecurityGroup": 1,
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 1,
    }
    assert named(recording, "network-functions").values["vpcId"] == "vpc-0a1b2c3d"


@pytest.mark.must_have("network", "Everything that the console lists has a name that says whose it is")
def test_everything_with_tags_is_named(program: Program) -> None:
    """Prefix, purpose and environment, as in every name."""
    recording = built(program, 2, 2, interfaces=True)
    for one in children(recording):
        if one.type.startswith(("aws:ec2/", "aws:vpc/")) and "tagsAll" in one.values:
            tags = one.values["tags"]
            assert isinstance(tags, dict)
            assert tags["Name"].startswith("qm-")
            assert tags["Name"].endswith("-dev")


def test_ports_of_outbound_urls_are_let_out(program: Program) -> None:
    """A model or webhook that listens elsewhere than at 443 is allowed by the settings, and so reachable."""
    assert ports_of([]) == ports_of(["https://hooks.example.com/x"]) == (443,)
    urls = ["https://models.example.com:8443/v1", "https://b.example.com:443"]
    assert ports_of(urls) == (443, 8443)
    source = SOURCE.replace("outbound_urls=[]", f"outbound_urls={urls}")
    recording = program(
        source.format(zones=1, nats=1, interfaces=False, actions=ACTIONS, vpc_id="", subnet_ids=[]),
    )
    rules = recording.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    assert sorted((one.values["fromPort"], one.values["toPort"]) for one in rules) == [(443, 443), (8443, 8443)]


def test_a_new_zone_of_the_region_moves_no_subnet(program: Program) -> None:
    """Which zones there are is asked at each run, so the answer counts for a new subnet only."""
    for one in built(program).of_type("aws:ec2/subnet:Subnet"):
        assert one.ignore_changes == ("availabilityZone",)


def test_zones_are_taken_in_the_order_of_their_names_and_old_ones_last() -> None:
    """Names mean other zones in each account; the zone that lacks services is known by its id."""
    ids = {"us-east-1a": "use1-az3", "us-east-1b": "use1-az1", "us-east-1c": "use1-az2"}
    assert list(first_zones(ids, 2, "us-east-1")) == ["us-east-1b", "us-east-1c"]
    assert list(first_zones(ids, 3, "us-east-1")) == ["us-east-1b", "us-east-1c", "us-east-1a"]


def test_too_few_zones_are_said_with_the_setting() -> None:
    """Which zones an account has is only known to the account, so the settings cannot refuse it."""
    with pytest.raises(pulumi.RunError, match=r"networking\.zones: 2 is above the 1 zones .* \(us-west-1a\); write 1"):
        first_zones({"us-west-1a": "usw1-az1"}, 2, "us-west-1")


def test_the_program_is_accepted_by_the_sdk_and_finishes(program: Program) -> None:
    """Every property exists, outputs are registered, and one explicit provider serves all."""
    recording = built(program, 3, 3, interfaces=True)
    (provider,) = recording.of_type("pulumi:providers:aws")
    for one in children(recording):
        assert list(unknown_properties(one.type, one.values)) == []
        assert one.provider == provider.urn
    (component,) = recording.of_type("quartermaster:network:Network")
    assert component.urn in recording.completed

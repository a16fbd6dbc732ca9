"""In one zone a function stops with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._lambda import FUNCTION
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Enforcement, Parameter, Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

SUBNET: Final = "aws:ec2/subnet:Subnet"
IDS: Final = "vpcConfig.subnetIds"


def _function(*subnets: str, source: str = "") -> Node:
    return Node(FUNCTION, "api", {"vpcConfig": {"subnetIds": list(subnets)}}, {"vpcConfig": source} if source else {})


@stack_rule(
    id="lambda-two-zones",
    title="Functions in a network run in several zones",
    severity=Severity.MEDIUM,
    fix="List a private subnet of each zone in vpc_config.subnet_ids.",
    sources=("FSBP:Lambda.5", "prowler:awslambda_function_vpc_multi_az"),
    enforcement=Enforcement.ADVISORY,
    parameters={"least": Parameter(2, "Fewest zones.")},
    ok=(
        Together((Node(FUNCTION, "api"),)),
        Together((_function(),)),
        Together((_function("subnet-1", "subnet-2"),)),
        Together((_function("subnet-1"),), {"least": 1}),
    ),
    bad=(
        Together((_function("subnet-1"),)),
        Together((_function("subnet-1", "subnet-1"),)),
        Together((_function("subnet-1", "subnet-2"),), {"least": 3}),
        Together((Node(SUBNET, "a", {"availabilityZone": "us-east-1a"}), _function("one", source="a"))),
    ),
)
def two_zones(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for function in stack.of(FUNCTION):
        zones = _zones(function, stack)
        if zones is None:
            yield NotEvaluated(f"{function.name}.{IDS}")
        elif 0 < zones < int(function.config["least"]):
            yield function, f"it runs in {zones} zone, at least {function.config['least']} are asked for"


def _zones(function: Member, stack: Stack) -> int | None:
    """In how many zones it can run; of a subnet that is not of this stack nothing but its id is known."""
    made = [one for one in stack.of(SUBNET) if one.urn in function.sources.get("vpcConfig", frozenset())]
    if made:
        zones = {one.peek("availabilityZone") for one in made}
        return None if UNKNOWN in zones or None in zones else len(zones)
    if function.peek(IDS) is UNKNOWN:
        return None
    ids = {function.peek(path) for path in function.each(IDS)}
    return None if UNKNOWN in ids else len(ids)

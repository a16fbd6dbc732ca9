"""Outside of a network of ours nothing bounds where a function's code may send data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._resource import UNKNOWN
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

INSIDE = {"vpcConfig": {"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]}}


@rule(
    id="lambda-in-vpc",
    title="Functions run inside a network of ours",
    applies_to="aws:lambda/function:Function",
    severity=Severity.LOW,
    fix="Set vpc_config with private subnets and a security group.",
    sources=(
        "FSBP:Lambda.3",
        "cdk-nag:HIPAA.Security-LambdaInsideVPC",
        "checkov:CKV_AWS_117",
        "prowler:awslambda_function_inside_vpc",
    ),
    parameters={"required": Parameter(default=False, description="Whether every function must; true in production.")},
    ok=({}, Of(INSIDE, config={"required": True})),
    bad=(
        Of({}, config={"required": True}),
        Of({"vpcConfig": {"subnetIds": [], "securityGroupIds": []}}, config={"required": True}),
        {"vpcConfig": {"subnetIds": ["subnet-1", "subnet-2"]}},
    ),
)
def in_vpc(function: Resource) -> Iterator[str]:
    inside = function.is_set("vpcConfig") and _any(function, "vpcConfig.subnetIds")
    if not inside and function.config["required"]:
        yield "vpcConfig has no subnets"
    elif inside and not _any(function, "vpcConfig.securityGroupIds"):
        yield "vpcConfig has no security group"


def _any(function: Resource, path: str) -> bool:
    """Whether something is there, known or not."""
    value = function.peek(path)
    return value is UNKNOWN or (value is not None and len(value) > 0)

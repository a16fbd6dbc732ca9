"""What a function may do to others, and what Lambda does as the function's role to run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.contract import ALIAS

from . import Statement

if TYPE_CHECKING:
    from components.arns import Arns


# What Lambda does to connect a function to a VPC: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
_LOOKS = ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")
_CHANGES = ("ec2:AssignPrivateIpAddresses", "ec2:DeleteNetworkInterface", "ec2:UnassignPrivateIpAddresses")
_MAKES = ("ec2:CreateNetworkInterface",)


def calls(arns: Arns, *functions: str) -> Statement:
    """Invokes functions, each by the alias that serves, and no other version of them."""
    return Statement(
        sid="Calls",
        actions=("lambda:InvokeFunction",),
        resources=tuple(arns.alias(function, ALIAS) for function in functions),
    )


def sends_failures(arns: Arns, queue: str) -> Statement:
    """Puts what nobody could handle into a queue."""
    return Statement(sid="SendsFailures", actions=("sqs:SendMessage",), resources=(arns.queue(queue),))


def traces() -> Statement:
    """Sends traces to X-Ray, which has no resources to name.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    """
    return Statement(sid="Traces", actions=("xray:PutTelemetryRecords", "xray:PutTraceSegments"), resources=("*",))


def joins_network(arns: Arns, function: str) -> tuple[Statement, ...]:
    """Lets Lambda connect a function to its VPC, and denies the function's own code the same.

    What looks works on all resources only, and what deletes needs every kind of them, says Lambda's guide. The
    interface's subnet and group are chosen by who deploys, so they are not named here.
    """
    return (
        Statement(sid="LooksAtNetwork", actions=_LOOKS, resources=("*",)),
        Statement(
            sid="MakesInterface",
            actions=_MAKES,
            resources=tuple(arns.network(kind) for kind in ("network-interface", "security-group", "subnet")),
        ),
        Statement(sid="ChangesInterface", actions=_CHANGES, resources=(arns.network("*"),)),
        Statement(
            sid="CodeLeavesNetworkAlone",
            denies=True,
            actions=(*_LOOKS, *_MAKES, *_CHANGES, "ec2:DetachNetworkInterface"),
            resources=("*",),
            condition={"ArnEquals": {"lambda:SourceFunctionArn": arns.function(function)}},
            why="Lambda connects the function to its network as this role; the function's own code must not.",
        ),
    )

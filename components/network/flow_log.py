"""Who talked to whom in a VPC, accepted and refused: its flow log, in a log group that is ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.naming import Kind
from components.roles import RoleArgs, make_role

if TYPE_CHECKING:
    from components.arns import Arns
    from components.naming import Names

_AGGREGATION_S: Final = 600  # said, because not every API gives back the default; a minute writes ten times as much


@dataclass(frozen=True, kw_only=True)
class FlowLogArgs:
    """Of which VPC, for how long, and with which key."""

    names: Names
    arns: Arns
    vpc_id: pulumi.Input[str]
    retention_days: int
    logs_key: pulumi.Input[str]  # ARN
    boundary: str  # ARN of the permissions boundary; empty: none


def make_flow_log(name: str, args: FlowLogArgs, opts: pulumi.ResourceOptions) -> None:
    """The flow log `{name}`, its log group `{name}-logs` and the role that delivers it."""
    group = args.names.log_group("vpc", args.names.name(Kind.NETWORK, "vpc"))
    logs = aws.cloudwatch.LogGroup(
        f"{name}-logs",
        name=group,
        retention_in_days=args.retention_days,
        kms_key_id=args.logs_key,
        opts=opts,
    )
    role, policy = make_role(
        name,
        RoleArgs(
            names=args.names,
            arns=args.arns,
            purpose="flowlog",
            description="Delivers the network's flow log",
            service="vpc-flow-logs.amazonaws.com",
            statements=iam.delivers_flow_log(args.arns, group),
            boundary=args.boundary,
            source=args.arns.flow_logs(),
        ),
        opts,
    )
    aws.ec2.FlowLog(
        name,
        vpc_id=args.vpc_id,
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_destination=logs.arn,
        iam_role_arn=role.arn,
        max_aggregation_interval=_AGGREGATION_S,
        tags={"Name": args.names.name(Kind.NETWORK, "flow")},
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[policy])),
    )

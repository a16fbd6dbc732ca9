"""When the worker runs, and where everything goes that nobody could handle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from . import resource_policies
from .grants import schedule_grants
from .naming import Kind
from .roles import RoleArgs, make_role

if TYPE_CHECKING:
    from .grants import Estate

WORKER_EVERY_S: Final = 300
EVERY: Final = f"rate({WORKER_EVERY_S // 60} minutes)"
LATE_S: Final = (
    WORKER_EVERY_S  # as long as until the next run, which does the same: an older event is not worth keeping
)
RETRIES: Final = 2
_KEPT_S: Final = 14 * 24 * 3600  # the longest that SQS keeps a message
_KEY_REUSE_S: Final = 300


def make_failures(name: str, estate: Estate, key: pulumi.Input[str], opts: pulumi.ResourceOptions) -> aws.sqs.Queue:
    """The queue `{name}` of events that nobody could handle: encrypted, over TLS only, kept for 14 days."""
    queue = aws.sqs.Queue(
        name,
        name=estate.failures,
        kms_master_key_id=key,
        kms_data_key_reuse_period_seconds=_KEY_REUSE_S,
        message_retention_seconds=_KEPT_S,
        opts=opts,
    )
    aws.sqs.QueuePolicy(
        f"{name}-tls",
        queue_url=queue.id,
        policy=resource_policies.document([resource_policies.tls_only("sqs:*", estate.arns.queue(estate.failures))]),
        opts=opts,
    )
    return queue


@dataclass(frozen=True, kw_only=True)
class ScheduleArgs:
    """What is called, as whose role, and where goes what could not be delivered."""

    estate: Estate
    function: str  # logical
    target: pulumi.Input[str]  # ARN of its alias
    failures: pulumi.Input[str]  # ARN of the queue
    boundary: str


def make_schedule(name: str, args: ScheduleArgs, opts: pulumi.ResourceOptions) -> None:
    """The schedule `{name}` in a group of its own, with a role that may call this one function.

    The group is what the role trusts the service for: a schedule in another group cannot use the role.
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    names, arns = args.estate.names, args.estate.arns
    group_name = names.name(Kind.SCHEDULE_GROUP, "runtime")
    group = aws.scheduler.ScheduleGroup(f"{name}-group", name=group_name, opts=opts)
    role, policy = make_role(
        name,
        RoleArgs(
            names=names,
            arns=arns,
            purpose="schedule",
            description=f"Calls the function {args.function} when it is time",
            service="scheduler.amazonaws.com",
            statements=schedule_grants(args.estate),
            boundary=args.boundary,
            source=arns.schedule_group(group_name),
        ),
        opts,
    )
    aws.scheduler.Schedule(
        name,
        name=names.name(Kind.SCHEDULE, args.function),
        description=f"Quartermaster: {args.function}",
        group_name=group.name,
        schedule_expression=EVERY,
        flexible_time_window={"mode": "OFF"},
        target={
            "arn": args.target,
            "role_arn": role.arn,
            "dead_letter_config": {"arn": args.failures},
            "retry_policy": {"maximum_event_age_in_seconds": LATE_S, "maximum_retry_attempts": RETRIES},
        },
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[policy])),
    )

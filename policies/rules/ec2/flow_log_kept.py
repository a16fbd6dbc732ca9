"""A flow log lies in a log group, and is worth as much as that group keeps and protects it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Parameter, Severity, stack_rule
from .._scalars import amount
from .._stack import Node, Together
from .._used import given, used

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


FLOW: Final = "aws:ec2/flowLog:FlowLog"
LOGS: Final = "aws:cloudwatch/logGroup:LogGroup"
KEY: Final = "arn:aws:kms:eu-central-1:000000000000:key/k"


def _with(**logs: object) -> tuple[Node, ...]:
    return Node(LOGS, "logs", logs), Node(FLOW, "flow", sources={"logDestination": "logs"})


@stack_rule(
    id="ec2-flow-log-kept",
    title="Flow logs are encrypted with a key of ours, and kept for a while",
    severity=Severity.MEDIUM,
    fix="Set kms_key_id and retention_in_days of the flow log's log group.",
    frameworks=("NIST 800-53:AU-11", "NIST 800-53:AU-9"),
    parameters={"least_days": Parameter(1, "Shortest retention that is allowed, in days.")},
    ok=(
        Together(()),
        Together(_with(retentionInDays=7, kmsKeyId=KEY)),
        Together((Node(FLOW, "flow", {"logDestination": "arn:aws:s3:::central-logs"}),)),
    ),
    bad=(
        Together(_with(retentionInDays=7)),
        Together(_with(kmsKeyId=KEY)),
        Together(_with(retentionInDays=7, kmsKeyId=KEY), {"least_days": 90}),
    ),
)
def flow_log_kept(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    holding = used(stack, FLOW, "logDestination", "logGroupName")
    for group in stack.of(LOGS):
        if group.urn not in holding:
            continue
        if not given(group, "kmsKeyId") and group.peek("kmsKeyId") is not UNKNOWN:
            yield group, "kmsKeyId is not set, and a flow log lies here"
        days, least = group.peek("retentionInDays"), int(group.config["least_days"])
        if days is UNKNOWN:
            yield NotEvaluated(f"{group.name}.retentionInDays")
        elif (amount(days) or 0) < least:
            yield group, f"retentionInDays is {days or 'not set'}, at least {least} are asked for"

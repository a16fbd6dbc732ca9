"""An access log is worth as much as its log group keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Parameter, Severity, stack_rule
from .._scalars import amount
from .._stack import Node, Together
from .._used import used

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


STAGES: Final = ("aws:apigateway/stage:Stage", "aws:apigatewayv2/stage:Stage")
LOGS: Final = "aws:cloudwatch/logGroup:LogGroup"
STAGE: Final = Node(STAGES[0], "stage", sources={"accessLogSettings": "logs"})


@stack_rule(
    id="api-access-log-kept",
    title="Access logs of APIs are kept for as long as is asked for",
    severity=Severity.MEDIUM,
    fix="Set retention_in_days of the log group that the stage writes to.",
    frameworks=("NIST 800-53:AU-11",),
    parameters={"least_days": Parameter(1, "Shortest retention that is allowed, in days.")},
    ok=(
        Together(()),
        Together((Node(LOGS, "logs", {"retentionInDays": 7}), STAGE)),
        Together((Node(LOGS, "other"), Node(STAGES[1], "stage"))),
        Together((Node(LOGS, "logs", {"retentionInDays": 365}), STAGE), {"least_days": 365}),
    ),
    bad=(
        Together((Node(LOGS, "logs"), STAGE)),
        Together((Node(LOGS, "logs", {"retentionInDays": 7}), STAGE), {"least_days": 90}),
    ),
)
def access_log_kept(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    holding = used(stack, STAGES, "accessLogSettings")
    for group in stack.of(LOGS):
        if group.urn not in holding:
            continue
        days, least = group.peek("retentionInDays"), int(group.config["least_days"])
        if days is UNKNOWN:
            yield NotEvaluated(f"{group.name}.retentionInDays")
        elif (amount(days) or 0) < least:
            yield group, f"retentionInDays is {days or 'not set'}, at least {least} are asked for"

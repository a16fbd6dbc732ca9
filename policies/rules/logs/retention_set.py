"""A log group without retention keeps, and bills, every line for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="logs-retention-set",
    title="Log groups say how long they keep lines",
    applies_to="aws:cloudwatch/logGroup:LogGroup",
    severity=Severity.MEDIUM,
    fix="Set retention_in_days.",
    sources=("FSBP:CloudWatch.16", "checkov:CKV_AWS_66"),
    parameters={"least_days": Parameter(1, "Shortest retention that is allowed, in days.")},
    ok=({"retentionInDays": 7}, Of({"retentionInDays": 365}, config={"least_days": 365})),
    bad=({}, {"retentionInDays": 0}, Of({"retentionInDays": 7}, config={"least_days": 30})),
)
def retention_set(group: Resource) -> Iterator[str]:
    days = group.number("retentionInDays")
    least = int(group.config["least_days"])
    if days == 0:
        yield "retentionInDays is not set, so lines are kept for ever"
    elif days < least:
        yield f"retentionInDays is {days:g}, at least {least} are asked for"

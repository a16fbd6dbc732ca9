"""A log group without retention keeps, and bills, every line for ever; one with too little has lost the day's cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._resource import Resource, Value

# What CloudWatch Logs takes, in days. Source: API reference of PutRetentionPolicy.
ALLOWED: Final = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288)
USUAL: Final = 30  # where nothing is set


def keep_least(group: Resource) -> Mapping[str, Value] | None:
    """The shortest retention that the rule asks for; none is made shorter, as that would delete lines."""
    days, least = group.number("retentionInDays"), int(group.config["least_days"])
    if days >= least and days:
        return None
    wanted = max(least, 0 if days else USUAL)
    return {"retentionInDays": next((one for one in ALLOWED if one >= wanted), ALLOWED[-1])}


@rule(
    id="logs-retention-set",
    title="Log groups say how long they keep lines",
    applies_to="aws:cloudwatch/logGroup:LogGroup",
    severity=Severity.MEDIUM,
    fix="Set retention_in_days.",
    sources=(
        "FSBP:CloudWatch.16",
        "checkov:CKV_AWS_66",
        "checkov:CKV_AWS_338",
        "prowler:cloudwatch_log_group_retention_policy_specific_days_enabled",
    ),
    frameworks=("NIST 800-53:AU-11", "NIST 800-53:SI-12"),
    parameters={"least_days": Parameter(1, "Shortest retention that is allowed, in days.")},
    ok=({"retentionInDays": 7}, Of({"retentionInDays": 365}, config={"least_days": 365})),
    bad=({}, {"retentionInDays": 0}, Of({"retentionInDays": 7}, config={"least_days": 30})),
    remedy=keep_least,
)
def retention_set(group: Resource) -> Iterator[str]:
    days = group.number("retentionInDays")
    least = int(group.config["least_days"])
    if days == 0:
        yield "retentionInDays is not set, so lines are kept for ever"
    elif days < least:
        yield f"retentionInDays is {days:g}, at least {least} are asked for"

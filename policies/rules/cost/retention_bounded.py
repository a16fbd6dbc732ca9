"""Lines that nobody will read again are billed each month, and hold what should have been forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cost-retention-bounded",
    title="Log groups do not keep lines longer than asked for",
    applies_to="aws:cloudwatch/logGroup:LogGroup",
    severity=Severity.LOW,
    fix="Lower retention_in_days; what must be kept for years belongs into a bucket.",
    parameters={"most_days": Parameter(400, "Longest retention, in days.")},
    ok=({"retentionInDays": 365}, Of({"retentionInDays": 3653}, config={"most_days": 3653})),
    bad=({"retentionInDays": 731}, Of({"retentionInDays": 30}, config={"most_days": 14})),
)
def retention_bounded(group: Resource) -> Iterator[str]:
    days, most = group.number("retentionInDays"), int(group.config["most_days"])
    if days > most:  # 0, for ever, is for `logs-retention-set` to find
        yield f"retentionInDays is {days:g}, at most {most} are asked for"

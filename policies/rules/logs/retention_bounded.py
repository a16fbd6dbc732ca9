"""Lines that nobody reads any more cost twenty times what they would in S3, and hold what people asked long ago."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="logs-retention-bounded",
    title="Log groups do not keep lines longer than is asked for",
    applies_to="aws:cloudwatch/logGroup:LogGroup",
    severity=Severity.LOW,
    fix="Lower retention_in_days; what must stay longer goes to a bucket.",
    unique=True,
    frameworks=("NIST 800-53:SI-12",),
    parameters={"most_days": Parameter(731, "Longest retention that is allowed, in days.")},
    ok=({"retentionInDays": 30}, {}, Of({"retentionInDays": 1096}, config={"most_days": 1096})),
    bad=({"retentionInDays": 3653}, Of({"retentionInDays": 90}, config={"most_days": 30})),
)
def retention_bounded(group: Resource) -> Iterator[str]:
    days, most = group.number("retentionInDays"), int(group.config["most_days"])
    if days > most:
        yield f"retentionInDays is {days:g}, at most {most} are asked for"

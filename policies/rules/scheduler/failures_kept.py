"""A schedule whose target refuses it has simply not happened, unless somebody keeps what was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="scheduler-failures-kept",
    title="Schedules have a dead-letter queue",
    applies_to="aws:scheduler/schedule:Schedule",
    severity=Severity.MEDIUM,
    fix="Set target.dead_letter_config.arn to a queue with an alarm on its depth.",
    ok=({"target": {"deadLetterConfig": {"arn": "arn"}}},),
    bad=({"target": {}}, {"target": {"deadLetterConfig": {}}}, {}),
)
def failures_kept(schedule: Resource) -> Iterator[str]:
    if not schedule.is_set("target.deadLetterConfig.arn"):
        yield "target.deadLetterConfig.arn is not set"

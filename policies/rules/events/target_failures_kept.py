"""An event that its target does not take within a day is gone, and nobody is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="events-target-failures-kept",
    title="Targets of event rules have a dead-letter queue",
    applies_to="aws:cloudwatch/eventTarget:EventTarget",
    severity=Severity.MEDIUM,
    fix="Set dead_letter_config.arn to a queue with an alarm on its depth.",
    sources=("cdk-nag:Serverless-EventBusDLQ",),
    ok=({"deadLetterConfig": {"arn": "arn"}},),
    bad=({}, {"deadLetterConfig": {}}),
)
def target_failures_kept(target: Resource) -> Iterator[str]:
    if not target.is_set("deadLetterConfig.arn"):
        yield "deadLetterConfig.arn is not set"

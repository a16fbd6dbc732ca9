"""What a schedule hands to its target is stored with it; a key of ours says who may read that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="scheduler-payload-encrypted",
    title="Schedules that carry a payload are encrypted with a customer key",
    applies_to="aws:scheduler/schedule:Schedule",
    severity=Severity.LOW,
    fix="Set kms_key_arn, or let the target look up what it needs.",
    sources=("checkov:CKV_AWS_297",),
    ok=({"target": {}}, {"target": {"input": "{}"}, "kmsKeyArn": "arn"}),
    bad=({"target": {"input": '{"report": "daily"}'}},),
)
def payload_encrypted(schedule: Resource) -> Iterator[str]:
    if schedule.is_set("target.input") and not schedule.is_set("kmsKeyArn"):
        yield "target.input is set, kmsKeyArn is not"

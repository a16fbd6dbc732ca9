"""An alarm whose actions were switched off for a night stays silent for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._alarms import ALARM, COMPOSITE
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cloudwatch-alarm-actions-enabled",
    title="Actions of alarms are switched on",
    applies_to=(ALARM, COMPOSITE),
    severity=Severity.HIGH,
    fix="Leave actions_enabled on.",
    sources=("FSBP:CloudWatch.17", "checkov:CKV_AWS_319", "prowler:cloudwatch_alarm_actions_enabled"),
    frameworks=("NIST 800-53:AU-6", "NIST 800-53:SI-4"),
    ok=({}, {"actionsEnabled": True}, Of({}, COMPOSITE)),
    bad=({"actionsEnabled": False}, Of({"actionsEnabled": "false"}, COMPOSITE)),
)
def alarm_actions_enabled(alarm: Resource) -> Iterator[str]:
    if alarm.known("actionsEnabled") in (False, "false"):
        yield "actionsEnabled is off"

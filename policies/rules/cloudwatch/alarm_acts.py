"""An alarm without an action turns red where nobody looks.

It may act itself, or through a composite alarm that listens to it and acts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._alarms import ALARM, COMPOSITE, listened_to
from .._resource import UNKNOWN, NotEvaluated, NotKnownError
from .._rule import Severity, stack_rule
from .._siblings import Bond, Kin
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

ALARMS: Final = Bond(owners={ALARM: "name", COMPOSITE: "alarmName"})
ACTS: Final = {"alarmActions": ["arn:aws:sns:us-east-1:000000000000:qm-alarms-dev"]}
ERRORS: Final = Node(ALARM, "errors", {"name": "qm-errors-dev"})
RULE: Final = {"alarmRule": 'ALARM("qm-errors-dev") OR ALARM("qm-other-dev")', "alarmName": "qm-outage-dev"}


@stack_rule(
    id="cloudwatch-alarm-acts",
    title="Every alarm tells somebody",
    severity=Severity.HIGH,
    fix="Set alarm_actions, or name the alarm in the rule of a composite alarm that has some.",
    sources=("FSBP:CloudWatch.15", "prowler:cloudwatch_alarm_actions_alarm_state_configured"),
    frameworks=("NIST 800-53:AU-6", "NIST 800-53:SI-4"),
    ok=(
        Together((Node(ALARM, "errors", ACTS),)),
        Together((ERRORS, Node(COMPOSITE, "outage", RULE | ACTS))),
        Together((ERRORS, Node(COMPOSITE, "outage", ACTS, {"alarmRule": "errors"}))),
        Together(
            (
                ERRORS,
                Node(COMPOSITE, "outage", RULE),
                Node(COMPOSITE, "all", {"alarmName": "qm-all-dev", "alarmRule": "ALARM(qm-outage-dev)"} | ACTS),
            )
        ),
    ),
    bad=(
        Together((ERRORS,)),
        Together((Node(ALARM, "errors", {"alarmActions": []}),)),
        Together((ERRORS, Node(COMPOSITE, "outage", RULE))),
        Together((ERRORS, Node(COMPOSITE, "outage", {"alarmRule": "OK(qm-errors-dev)", "alarmName": "a"} | ACTS))),
        Together((ERRORS, Node(COMPOSITE, "outage", {"alarmRule": "ALARM(other)", "alarmName": "a"} | ACTS))),
    ),
)
def alarm_acts(stack: Stack) -> Iterator[Answer]:
    kin = Kin(stack, ALARMS)
    heard: dict[str, set[str]] = {}  # an alarm's URN -> those of the composite alarms that listen to it
    unknown: list[str] = []
    for composite in stack.of(COMPOSITE):
        for urn in composite.sources.get("alarmRule", frozenset()):
            heard.setdefault(urn, set()).add(composite.urn)
        try:
            names = listened_to(composite)
        except NotKnownError as error:
            unknown.append(f"{composite.name}.{error.path}")
            continue
        for alarm in kin.owners:
            if kin.name(alarm) is UNKNOWN:
                unknown.append(f"{alarm.name}.{ALARMS.owners[alarm.type]}")
            elif any(one == kin.name(alarm) or one.endswith(f":alarm:{kin.name(alarm)}") for one in names):
                heard.setdefault(alarm.urn, set()).add(composite.urn)
    acting = {one.urn for one in kin.owners if one.peek("alarmActions") is UNKNOWN or one.peek("alarmActions")}
    while more := {urn for urn, by in heard.items() if by & acting} - acting:
        acting |= more
    for alarm in kin.owners:
        if alarm.urn not in acting:
            yield (
                NotEvaluated(unknown[0]) if unknown else (alarm, "it has no action, and no composite alarm acts for it")
            )

"""Whoever is woken by an alarm reads its description first; without one they start from nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._alarms import ALARM, COMPOSITE
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cloudwatch-alarm-described",
    title="Alarms say what they mean and what to do",
    applies_to=(ALARM, COMPOSITE),
    severity=Severity.LOW,
    fix="Set alarm_description to what is wrong and what to do first.",
    unique=True,
    parameters={"least_words": Parameter(5, "Fewest words of a description.")},
    ok=(
        {"alarmDescription": "Requests fail. First: look at the log of the API."},
        Of({"alarmDescription": "Requests fail."}, COMPOSITE, {"least_words": 2}),
    ),
    bad=({}, {"alarmDescription": "Errors"}, Of({"alarmDescription": "Too many errors."}, COMPOSITE)),
)
def alarm_described(alarm: Resource) -> Iterator[str]:
    words, least = len(alarm.text("alarmDescription").split()), int(alarm.config["least_words"])
    if words < least:
        yield f"its description has {words} words, at least {least} are asked for"

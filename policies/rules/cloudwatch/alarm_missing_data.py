"""An alarm that does not say what silence means stays as it was when the series stops: green while all is down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._alarms import ALARM
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cloudwatch-alarm-missing-data",
    title="Alarms say what missing data means",
    applies_to=ALARM,
    severity=Severity.LOW,
    fix="Set treat_missing_data to notBreaching, or to breaching where silence is the failure.",
    unique=True,
    ok=({"treatMissingData": "notBreaching"}, {"treatMissingData": "breaching"}),
    bad=({}, {"treatMissingData": "missing"}, {"treatMissingData": "missing", "__defaults": ["treatMissingData"]}),
)
def alarm_missing_data(alarm: Resource) -> Iterator[str]:
    given = alarm.text("treatMissingData")
    if given in {"", "missing"}:
        yield f"treatMissingData is {given or 'not set'}"

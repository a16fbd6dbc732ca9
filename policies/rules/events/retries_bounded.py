"""Left alone, an event is tried 185 times over 24 hours: what it asked for is long settled, or done twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Enforcement, Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"
SCHEDULE: Final = "aws:scheduler/schedule:Schedule"
DEFAULTS: Final = {"maximumRetryAttempts": 185, "maximumEventAgeInSeconds": 86400}
BOUND: Final = {"retryPolicy": {"maximumRetryAttempts": 2, "maximumEventAgeInSeconds": 300}}


@rule(
    id="events-retries-bounded",
    title="Events and schedules are tried a few times, and not for a day",
    applies_to=(TARGET, SCHEDULE),
    severity=Severity.LOW,
    fix="Set maximum_retry_attempts and maximum_event_age_in_seconds of the retry_policy.",
    enforcement=Enforcement.ADVISORY,
    parameters={
        "most_attempts": Parameter(10, "Most retries."),
        "most_seconds": Parameter(3600, "Greatest age of an event that is still tried, in seconds."),
    },
    ok=(
        BOUND,
        Of({"target": BOUND}, SCHEDULE),
        Of({}, TARGET, {"most_attempts": 185, "most_seconds": 86400}),
    ),
    bad=(
        {},
        Of({"target": {}}, SCHEDULE),
        {"retryPolicy": {"maximumRetryAttempts": 2}},
        {"retryPolicy": {"maximumRetryAttempts": 11, "maximumEventAgeInSeconds": 300}},
        Of({"target": BOUND}, SCHEDULE, {"most_attempts": 1}),
    ),
)
def retries_bounded(resource: Resource) -> Iterator[str]:
    where = "target.retryPolicy" if resource.type == SCHEDULE else "retryPolicy"
    bounds = {"maximumRetryAttempts": "most_attempts", "maximumEventAgeInSeconds": "most_seconds"}
    for key, parameter in bounds.items():
        given = resource.known(f"{where}.{key}")
        value = given if isinstance(given, (int, float)) else DEFAULTS[key]
        if value > int(resource.config[parameter]):
            yield f"{where}.{key} is {value:g}, at most {resource.config[parameter]} are asked for"

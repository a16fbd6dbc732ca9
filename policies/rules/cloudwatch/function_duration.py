"""A function gets slower for days before it meets its timeout, and then fails for everybody at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._alarms import unwatched
from .._function_alarms import not_watching, wanted, watching
from .._rule import Severity, stack_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

METRIC: Final = "Duration"


@stack_rule(
    id="cloudwatch-function-duration",
    title="An alarm watches the duration of each function",
    severity=Severity.LOW,
    fix="Add an alarm on Duration of AWS/Lambda with the function's name, below its timeout.",
    frameworks=("NIST 800-53:SI-4",),
    ok=watching(METRIC),
    bad=not_watching(METRIC),
)
def function_duration(stack: Stack) -> Iterator[Answer]:
    yield from unwatched(stack, wanted(METRIC), "no alarm watches its duration")

"""A throttled request never reaches the function, and so is not among its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._alarms import unwatched
from .._function_alarms import not_watching, wanted, watching
from .._rule import Severity, stack_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

METRIC: Final = "Throttles"


@stack_rule(
    id="cloudwatch-function-throttles",
    title="An alarm watches the throttles of each function",
    severity=Severity.MEDIUM,
    fix="Add an alarm on Throttles of AWS/Lambda with the function's name.",
    frameworks=("NIST 800-53:SI-4",),
    ok=watching(METRIC),
    bad=not_watching(METRIC),
)
def function_throttles(stack: Stack) -> Iterator[Answer]:
    yield from unwatched(stack, wanted(METRIC), "no alarm watches its throttles")

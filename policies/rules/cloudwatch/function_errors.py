"""A function that fails tells nobody; its alarm does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._alarms import unwatched
from .._function_alarms import not_watching, wanted, watching
from .._rule import Severity, stack_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

METRIC: Final = "Errors"


@stack_rule(
    id="cloudwatch-function-errors",
    title="An alarm watches the errors of each function",
    severity=Severity.HIGH,
    fix="Add an alarm on Errors of AWS/Lambda with the function's name.",
    frameworks=("NIST 800-53:SI-4",),
    ok=watching(METRIC),
    bad=not_watching(METRIC),
)
def function_errors(stack: Stack) -> Iterator[Answer]:
    yield from unwatched(stack, wanted(METRIC), "no alarm watches its errors")

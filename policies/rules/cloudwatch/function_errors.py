"""A function that fails tells nobody; its alarm does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._alarms import ALARM, FUNCTION, FUNCTIONS, Wanted, unwatched
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

SPACE: Final = "AWS/Lambda"
WATCH: Final = Wanted(owners=FUNCTIONS, namespace=SPACE, metrics=frozenset({"Errors"}), dimension="FunctionName")
API: Final = Node(FUNCTION, "api", {"name": "qm-api-dev"})


def _alarm(metric: str, name: str = "qm-api-dev", space: str = SPACE) -> Node:
    watched = {"namespace": space, "metricName": metric, "dimensions": {"FunctionName": name}}
    return Node(ALARM, f"{metric} of {name}", watched)


def _query(metric: str, name: str = "qm-api-dev") -> Node:
    watched = {"namespace": SPACE, "metricName": metric, "dimensions": {"FunctionName": name}}
    return Node(ALARM, "query", {"metricQueries": [{"id": "e", "expression": "a"}, {"id": "a", "metric": watched}]})


@stack_rule(
    id="cloudwatch-function-errors",
    title="An alarm watches the errors of each function",
    severity=Severity.HIGH,
    fix="Add an alarm on Errors of AWS/Lambda with the function's name.",
    frameworks=("NIST 800-53:SI-4",),
    ok=(
        Together((API, _alarm("Errors"))),
        Together((API, _query("Errors"))),
        Together(
            (
                API,
                Node(
                    ALARM,
                    "alarm",
                    {"namespace": SPACE, "metricName": "Errors", "dimensions": {"FunctionName": "qm-api-dev"}},
                    {"dimensions": "api"},
                ),
            )
        ),
    ),
    bad=(
        Together((API,)),
        Together((API, _alarm("Invocations"))),
        Together((API, _alarm("Errors", "another"))),
        Together((API, _alarm("Errors", space="AWS/States"))),
        Together((API, _query("Errors", "another"))),
    ),
)
def function_errors(stack: Stack) -> Iterator[Answer]:
    yield from unwatched(stack, WATCH, "no alarm watches its errors")

"""A function gets slower for days before it meets its timeout, and then fails for everybody at once."""

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
WATCH: Final = Wanted(owners=FUNCTIONS, namespace=SPACE, metrics=frozenset({"Duration"}), dimension="FunctionName")
API: Final = Node(FUNCTION, "api", {"name": "qm-api-dev"})


def _alarm(metric: str, name: str = "qm-api-dev", space: str = SPACE) -> Node:
    watched = {"namespace": space, "metricName": metric, "dimensions": {"FunctionName": name}}
    return Node(ALARM, f"{metric} of {name}", watched)


def _query(metric: str, name: str = "qm-api-dev") -> Node:
    watched = {"namespace": SPACE, "metricName": metric, "dimensions": {"FunctionName": name}}
    return Node(ALARM, "query", {"metricQueries": [{"id": "e", "expression": "a"}, {"id": "a", "metric": watched}]})


@stack_rule(
    id="cloudwatch-function-duration",
    title="An alarm watches the duration of each function",
    severity=Severity.LOW,
    fix="Add an alarm on Duration of AWS/Lambda with the function's name, below its timeout.",
    frameworks=("NIST 800-53:SI-4",),
    ok=(
        Together((API, _alarm("Duration"))),
        Together((API, _query("Duration"))),
        Together(
            (
                API,
                Node(
                    ALARM,
                    "alarm",
                    {"namespace": SPACE, "metricName": "Duration", "dimensions": {"FunctionName": "qm-api-dev"}},
                    {"dimensions": "api"},
                ),
            )
        ),
    ),
    bad=(
        Together((API,)),
        Together((API, _alarm("Invocations"))),
        Together((API, _alarm("Duration", "another"))),
        Together((API, _alarm("Duration", space="AWS/States"))),
        Together((API, _query("Duration", "another"))),
    ),
)
def function_duration(stack: Stack) -> Iterator[Answer]:
    yield from unwatched(stack, WATCH, "no alarm watches its duration")

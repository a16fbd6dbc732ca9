"""What the rules about one alarm for each function share: the metric's place, and examples of it."""

from __future__ import annotations

from typing import Final

from ._alarms import ALARM, FUNCTION, FUNCTIONS, Wanted
from ._stack import Node, Together

SPACE: Final = "AWS/Lambda"
API: Final = Node(FUNCTION, "api", {"name": "qm-api-dev"})


def wanted(metric: str) -> Wanted:
    """The series of one metric of each function."""
    return Wanted(owners=FUNCTIONS, namespace=SPACE, metrics=frozenset({metric}), dimension="FunctionName")


def watching(metric: str) -> tuple[Together, ...]:
    """Alarms that watch it: by name, in a query, and by dependency."""
    joined = Node(ALARM, "alarm", _watched(metric), {"dimensions": "api"})
    return Together((API, _alarm(metric))), Together((API, _query(metric))), Together((API, joined))


def not_watching(metric: str) -> tuple[Together, ...]:
    """No alarm, and alarms on another metric, function or service."""
    return (
        Together((API,)),
        Together((API, _alarm("Invocations"))),
        Together((API, _alarm(metric, "another"))),
        Together((API, _alarm(metric, space="AWS/States"))),
        Together((API, _query(metric, "another"))),
    )


def _watched(metric: str, name: str = "qm-api-dev", space: str = SPACE) -> dict[str, object]:
    return {"namespace": space, "metricName": metric, "dimensions": {"FunctionName": name}}


def _alarm(metric: str, name: str = "qm-api-dev", space: str = SPACE) -> Node:
    return Node(ALARM, f"{metric} of {name}", _watched(metric, name, space))


def _query(metric: str, name: str = "qm-api-dev") -> Node:
    queries = [{"id": "e", "expression": "a"}, {"id": "a", "metric": _watched(metric, name)}]
    return Node(ALARM, "query", {"metricQueries": queries})

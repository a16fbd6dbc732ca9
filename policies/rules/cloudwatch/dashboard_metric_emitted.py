"""A graph of a metric that nobody emits is empty, and reads as if nothing had happened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._alarms import FUNCTION, drawn
from .._metrics import VARIABLE, Emitted
from .._resource import NotEvaluated, NotKnownError
from .._rule import Parameter, Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

DASHBOARD: Final = "aws:cloudwatch/dashboard:Dashboard"
API: Final = Node(FUNCTION, "api", {"environment": {"variables": {VARIABLE: "qm/dev"}}})


def _graph(*metrics: list[object]) -> Together:
    body = {"widgets": [{"type": "text"}, {"type": "metric", "properties": {"title": "Graph", "metrics": metrics}}]}
    return Together((API, Node(DASHBOARD, "board", {"dashboardBody": json.dumps(body)})))


def _search(schema: str, metric: str) -> list[object]:
    return [{"expression": f"""SEARCH('{{{schema}}} MetricName="{metric}"', 'Sum')"""}]


@stack_rule(
    id="cloudwatch-dashboard-metric-emitted",
    title="Dashboards show metrics that something emits",
    severity=Severity.LOW,
    fix="Name a metric, and dimensions, of the catalogue in agents/telemetry.",
    unique=True,
    parameters={"others": Parameter((), "Namespaces that something outside the stack writes to.")},
    ok=(
        _graph(["qm/dev", "turns", {"stat": "Sum"}], [".", "turn_errors"]),
        _graph(["AWS/Lambda", "Errors", "FunctionName", "a"], [".", "Throttles", ".", "."], ["...", "b"]),
        _graph(_search('"qm/dev",agent', "turns")),
        _graph([{"expression": "100 * failed / tried"}]),
        Together(_graph(["CWAgent", "mem_used_percent"]).nodes, {"others": ["CWAgent"]}),
        Together((Node(DASHBOARD, "board", {"dashboardBody": "{}"}),)),
    ),
    bad=(
        _graph(["qm/dev", "turn"]),
        _graph(["qm/dev", "turns"], [".", "error"]),
        _graph(["qm/dev", "turns", "subject", "ann"]),
        _graph(["qm/prod", "turns"]),
        _graph(_search('"qm/dev",subject', "turns")),
        _graph(_search("AWS/Lambda,FunctionName", "Error")),
        _graph(["CWAgent", "mem_used_percent"]),
        Together((Node(DASHBOARD, "board", {"dashboardBody": "{not json"}),)),
    ),
)
def dashboard_metric_emitted(stack: Stack) -> Iterator[Answer]:
    emitted = Emitted(stack)
    for dashboard in stack.of(DASHBOARD):
        try:
            series = tuple(drawn(dashboard))
            for one in emitted.missing(series, dashboard.config["others"]):
                yield (
                    NotEvaluated(f"{dashboard.name}.dashboardBody")
                    if isinstance(one, NotEvaluated)
                    else (dashboard, one)
                )
        except NotKnownError as error:
            yield NotEvaluated(f"{dashboard.name}.{error.path}")
        except ValueError:
            yield dashboard, "dashboardBody is not JSON"

"""An alarm on a metric that nobody emits is green for ever: a name that was misspelt, renamed or removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._alarms import ALARM, FUNCTION, watched
from .._metrics import VARIABLE, Emitted
from .._resource import NotEvaluated, NotKnownError
from .._rule import Parameter, Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

API: Final = Node(FUNCTION, "api", {"environment": {"variables": {VARIABLE: "qm/dev"}}})
FILTER: Final = "aws:cloudwatch/logMetricFilter:LogMetricFilter"


def _alarm(space: str, metric: str, **dimensions: str) -> Node:
    return Node(ALARM, "alarm", {"namespace": space, "metricName": metric, "dimensions": dimensions})


def _query(metric: str) -> Node:
    series = {"namespace": "qm/dev", "metricName": metric}
    return Node(ALARM, "alarm", {"metricQueries": [{"id": "e", "expression": "a"}, {"id": "a", "metric": series}]})


@stack_rule(
    id="cloudwatch-alarm-metric-emitted",
    title="Alarms watch metrics that something emits",
    severity=Severity.HIGH,
    fix="Name a metric, and dimensions, of the catalogue in agents/telemetry.",
    unique=True,
    frameworks=("NIST 800-53:SI-4",),
    parameters={"others": Parameter((), "Namespaces that something outside the stack writes to.")},
    ok=(
        Together((API, _alarm("qm/dev", "turns"))),
        Together((API, _alarm("qm/dev", "turns", agent="inventory"))),
        Together((API, _query("turn_errors"))),
        Together((_alarm("AWS/Lambda", "Errors", FunctionName="qm-api-dev"),)),
        Together((_alarm("AWS/Lambda", "Errors", FunctionName="qm-api-dev", Resource="qm-api-dev:live"),)),
        Together((_alarm("AWS/EC2", "CPUUtilization", InstanceId="i-1"),)),
        Together((_alarm("CWAgent", "mem_used_percent"),), {"others": ["CWAgent"]}),
        Together(
            (
                _alarm("qm/logs", "refusals"),
                Node(FILTER, "filter", {"metricTransformation": {"namespace": "qm/logs", "name": "refusals"}}),
            )
        ),
    ),
    bad=(
        Together((API, _alarm("qm/dev", "turn"))),
        Together((API, _alarm("qm/dev", "turns", subject="ann"))),
        Together((API, _alarm("qm/prod", "turns"))),
        Together((API, _query("turn_error"))),
        Together((_alarm("AWS/Lambda", "Error", FunctionName="qm-api-dev"),)),
        Together((_alarm("AWS/Lambda", "Errors", Function="qm-api-dev"),)),
        Together((_alarm("CWAgent", "mem_used_percent"),)),
    ),
)
def alarm_metric_emitted(stack: Stack) -> Iterator[Answer]:
    emitted = Emitted(stack)
    for alarm in stack.of(ALARM):
        try:
            for one in emitted.missing(tuple(watched(alarm)), alarm.config["others"]):
                yield NotEvaluated(f"{alarm.name}.{one.path}") if isinstance(one, NotEvaluated) else (alarm, one)
        except NotKnownError as error:
            yield NotEvaluated(f"{alarm.name}.{error.path}")

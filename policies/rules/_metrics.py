"""Which metrics anything emits: the agents' own by the catalogue, AWS's as far as it names them, and log filters'."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ._alarms import FUNCTION
from ._resource import UNKNOWN, NotEvaluated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ._alarms import Watched
    from ._resource import Value
    from ._stack import Stack

_DATA: Final = json.loads((Path(__file__).parents[1] / "data" / "metrics.json").read_text())
VARIABLE: Final[str] = _DATA["variable"]  # the environment variable that tells a function its namespace
_OURS: Final = {name: [frozenset(one) for one in sets] for name, sets in _DATA["ours"].items()}
_AWS: Final = {
    space: {name: [frozenset(one) for one in sets] for name, sets in metrics.items()}
    for space, metrics in _DATA["aws"].items()
}
_FILTER: Final = "aws:cloudwatch/logMetricFilter:LogMetricFilter"


class Emitted:
    """What a stack emits."""

    def __init__(self, stack: Stack) -> None:
        self._namespaces: set[Value] = {one.peek(f"environment.variables.{VARIABLE}") for one in stack.of(FUNCTION)} - {
            None
        }
        self._filtered = {
            (one.peek("metricTransformation.namespace"), one.peek("metricTransformation.name"))
            for one in stack.of(_FILTER)
        }

    def missing(self, series: Iterable[Watched], others: tuple[str, ...]) -> Iterator[str | NotEvaluated]:
        """A message for each series that nothing emits. `others`: namespaces that something else writes to."""
        for one in series:
            space, metric = one.namespace, one.metric
            if UNKNOWN in (space, metric):
                yield NotEvaluated(one.path)
            elif space in others or (space, metric) in self._filtered:
                continue
            elif space in _AWS:
                yield from _of_aws(str(space), str(metric), one.dimensions)
            elif str(space).startswith("AWS/"):
                continue  # the catalogue does not know the service
            elif space in self._namespaces:
                yield from _of_ours(str(metric), one.dimensions)
            elif UNKNOWN in self._namespaces or any(UNKNOWN in pair for pair in self._filtered):
                yield NotEvaluated(one.path)
            else:
                yield f"nothing of the stack writes to {space}"


def _of_ours(metric: str, dimensions: tuple[str, ...]) -> Iterator[str]:
    if metric not in _OURS:
        yield f"{metric} is no metric of the catalogue"
    elif frozenset(dimensions) not in _OURS[metric]:
        yield f"{metric} is not emitted by {', '.join(dimensions) or 'nothing, as a total'}"


def _of_aws(space: str, metric: str, dimensions: tuple[str, ...]) -> Iterator[str]:
    if metric not in _AWS[space]:
        yield f"{metric} is no metric of {space} that the catalogue names"
    elif not any(known <= frozenset(dimensions) for known in _AWS[space][metric]):
        yield f"{metric} of {space} is not emitted by {', '.join(dimensions) or 'nothing, as a total'}"

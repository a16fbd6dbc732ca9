"""Metrics in CloudWatch's embedded metric format: lines of JSON on stdout, which Lambda's log turns into series.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from agents.telemetry.measures import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from agents.json_value import Json
    from agents.telemetry.metrics import Metric

Series: TypeAlias = "tuple[Metric, tuple[tuple[str, str], ...]]"

MAX_METRICS: Final = 100  # of a document
MAX_VALUES: Final = 100  # of a metric in a document
MAX_DIMENSION_CHARS: Final = 1024
# CloudWatch has no unit for money.
_UNITS: Final = {"count": "Count", "milliseconds": "Milliseconds", "tokens": "Count", "usd": "None"}


class EmfMeasures:
    """`Measures` of a function. `namespace` holds its series, `clock` gives epoch seconds, `write` takes a line.

    Values are added up as they come, so that an invocation writes one line as long as each dimension has one value.
    """

    def __init__(self, namespace: str, *, clock: Callable[[], float], write: Callable[[str], None]) -> None:
        self._namespace = namespace
        self._clock = clock
        self._write = write
        self._lock = threading.Lock()
        self._series: dict[Series, list[float]] = {}

    def record(self, metric: Metric, value: float = 1, **dimensions: str) -> None:
        check(metric, value, dimensions)
        series = metric, tuple(sorted((name, _text(text)) for name, text in dimensions.items()))
        with self._lock:
            values = self._series.setdefault(series, [])
            if metric.kind == "histogram" or not values:
                values.append(value)
            else:
                values[0] = values[0] + value if metric.kind == "counter" else value

    def flush(self) -> None:
        """Writes what was recorded since the last time, and nothing when that is nothing."""
        with self._lock:
            series, self._series = self._series, {}
        for document in _documents(series):
            self._write(json.dumps(document.as_json(self._namespace, int(self._clock() * 1000))))


@dataclass
class _Document:
    """One line. A dimension has one value in it, so series of different ones need lines of their own."""

    dimensions: dict[str, str] = field(default_factory=dict)
    values: dict[Metric, list[float]] = field(default_factory=dict)

    def takes(self, metric: Metric, dimensions: Mapping[str, str]) -> bool:
        fits = all(self.dimensions.get(name, text) == text for name, text in dimensions.items())
        return fits and metric not in self.values and len(self.values) < MAX_METRICS

    def as_json(self, namespace: str, at_ms: int) -> dict[str, Json]:
        by_sets: dict[tuple[tuple[str, ...], ...], list[Metric]] = {}
        for metric in self.values:
            by_sets.setdefault(metric.dimension_sets, []).append(metric)
        directives: list[Json] = [
            {
                "Namespace": namespace,
                "Dimensions": [list(names) for names in sets],
                "Metrics": [{"Name": metric.name, "Unit": _UNITS[metric.unit]} for metric in metrics],
            }
            for sets, metrics in by_sets.items()
        ]
        return {
            "_aws": {"Timestamp": at_ms, "CloudWatchMetrics": directives},
            **self.dimensions,
            **{metric.name: values[0] if len(values) == 1 else [*values] for metric, values in self.values.items()},
        }


def _documents(series: Mapping[Series, list[float]]) -> list[_Document]:
    """As few lines as hold everything: each value goes into the first that it fits."""
    documents: list[_Document] = []
    for (metric, pairs), values in series.items():
        dimensions = dict(pairs)
        for some in _parts(values):
            document = next((one for one in documents if one.takes(metric, dimensions)), None)
            if document is None:
                document = _Document()
                documents.append(document)
            document.dimensions |= dimensions
            document.values[metric] = some
    return documents


def _parts(values: list[float]) -> Iterator[list[float]]:
    for start in range(0, len(values), MAX_VALUES):
        yield values[start : start + MAX_VALUES]


def _text(value: str) -> str:
    """What CloudWatch takes as a dimension's value: printable ASCII, neither empty nor too long."""
    text = "".join(one if one.isascii() and one.isprintable() else "?" for one in value[:MAX_DIMENSION_CHARS])
    return text.strip() or "none"

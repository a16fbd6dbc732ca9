"""Metrics of one process, as Prometheus reads them: what a laptop's server shows at /metrics.

https://prometheus.io/docs/instrumenting/exposition_formats/ (text format 0.0.4)
"""

from __future__ import annotations

import bisect
import itertools
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from agents.telemetry.measures import check
from agents.telemetry.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.telemetry.metrics import Metric

Labels: TypeAlias = tuple[tuple[str, str], ...]

PREFIX: Final = "quartermaster_"
BUCKETS_MS: Final = (5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000)


@dataclass
class _Histogram:
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_MS) + 1))
    total: float = 0.0


class PrometheusMeasures:
    """`Measures` that keeps every series in memory, by all of its dimensions: a reader adds up what it likes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[Metric, dict[Labels, float]] = {}
        self._histograms: dict[Metric, dict[Labels, _Histogram]] = {}

    def record(self, metric: Metric, value: float = 1, **dimensions: str) -> None:
        check(metric, value, dimensions)
        labels = tuple(sorted(dimensions.items()))
        with self._lock:
            if metric.kind == "histogram":
                histogram = self._histograms.setdefault(metric, {}).setdefault(labels, _Histogram())
                histogram.buckets[bisect.bisect_left(BUCKETS_MS, value)] += 1
                histogram.total += value
            else:
                series = self._values.setdefault(metric, {})
                series[labels] = value + (series.get(labels, 0) if metric.kind == "counter" else 0)

    def text(self) -> str:
        """Everything that was recorded so far, in the catalogue's order."""
        with self._lock:
            lines = [line for metric in METRICS for line in self._lines(metric)]
        return "".join(f"{line}\n" for line in lines)

    def _lines(self, metric: Metric) -> Iterator[str]:
        name = PREFIX + metric.name + ("_total" if metric.kind == "counter" else "")
        values, histograms = self._values.get(metric, {}), self._histograms.get(metric, {})
        if values or histograms:
            yield f"# HELP {name} {metric.help}"
            yield f"# TYPE {name} {metric.kind}"
        for labels, value in values.items():
            yield f"{name}{_braces(labels)} {value:.15g}"
        for labels, histogram in histograms.items():
            counts = list(itertools.accumulate(histogram.buckets))
            for bound, count in zip((*map(str, BUCKETS_MS), "+Inf"), counts, strict=True):
                yield f"{name}_bucket{_braces((*labels, ('le', bound)))} {count}"
            yield f"{name}_sum{_braces(labels)} {histogram.total:.15g}"
            yield f"{name}_count{_braces(labels)} {counts[-1]}"


def _braces(labels: Labels) -> str:
    if not labels:
        return ""
    pairs = ((name, text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")) for name, text in labels)
    return "{" + ",".join(f'{name}="{text}"' for name, text in pairs) + "}"

"""Where measured values go: the port, its check against the catalogue, and the one that keeps nothing."""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from agents.telemetry.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agents.telemetry.metrics import Metric

_CATALOGUE: Final = {metric.name: (metric, frozenset(metric.dimensions)) for metric in METRICS}


class Measures(Protocol):
    """Takes values of metrics of the catalogue; cheap, and safe to call from several threads."""

    def record(self, metric: Metric, value: float = 1, **dimensions: str) -> None:
        """Adds to a counter, sets a gauge, or observes a value of a histogram, with all of the metric's dimensions.

        Raises ValueError for a metric, dimensions or a value that the catalogue does not allow: a defect of ours.
        """


def check(metric: Metric, value: float, dimensions: Mapping[str, str]) -> None:
    """Raises ValueError unless the metric is in the catalogue, with these dimensions and such a value."""
    known, names = _CATALOGUE.get(metric.name, (None, frozenset()))
    if known != metric:
        raise ValueError(f"the metric {metric.name!r} is not in the catalogue")
    if dimensions.keys() != names:
        raise ValueError(f"{metric.name} is recorded with {sorted(names)}, not with {sorted(dimensions)}")
    if not math.isfinite(value) or (metric.kind == "counter" and value < 0):
        raise ValueError(f"{value} is no value of {metric.name}")


class Unmeasured:
    """`Measures` that checks and forgets."""

    def record(self, metric: Metric, value: float = 1, **dimensions: str) -> None:
        check(metric, value, dimensions)


UNMEASURED: Final = Unmeasured()


@contextmanager
def timed(measures: Measures, calls: Metric, latency: Metric, **dimensions: str) -> Iterator[None]:
    """Counts the block in `calls` and observes its milliseconds in `latency`, however it ends."""
    started = time.perf_counter()
    try:
        yield
    finally:
        measures.record(calls, 1, **dimensions)
        measures.record(latency, (time.perf_counter() - started) * 1000, **dimensions)

"""A series of the catalogue, or of AWS's own, as alarms and dashboards name it. There is no other way to name one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.telemetry.aws_metrics import AwsMetric
    from agents.telemetry.metrics import Metric

_STATISTICS: Final[Mapping[str, str]] = {"counter": "Sum", "gauge": "Maximum", "histogram": "p95"}


@dataclass(frozen=True, kw_only=True)
class Series:
    """One series and how it is read: a CloudWatch statistic such as Sum, Maximum or p95."""

    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str

    def read_as(self, statistic: str) -> Series:
        """The same series, read by another statistic."""
        return replace(self, statistic=statistic)


def total(namespace: str, metric: Metric) -> Series:
    """A metric of ours over everything. Raises ValueError for one that is not emitted without dimensions."""
    _emitted(metric)
    return Series(namespace=namespace, metric=metric.name, dimensions={}, statistic=_STATISTICS[metric.kind])


def search(namespace: str, metric: Metric, by: str, statistic: str = "") -> str:
    """All series of a metric of ours by one dimension, whatever values it has: agents, tools and models grow.

    Only for graphs: an alarm takes no search. Raises ValueError for a dimension that the metric is not emitted by.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
    """
    _emitted(metric, by)
    read = statistic or _STATISTICS[metric.kind]
    return f"""SEARCH('{{"{namespace}",{by}}} MetricName="{metric.name}"', '{read}')"""


def search_aws(metric: AwsMetric, by: str, *values: str) -> str:
    """All series of a metric of AWS by its last dimension, with the values of those before it in their order."""
    *known, last = metric.dimensions
    if by != last:
        raise ValueError(f"{metric.name} is searched by {last}, not by {by}")
    given = "".join(f' {name}="{value}"' for name, value in zip(known, values, strict=True))
    schema = ",".join((metric.namespace, *metric.dimensions))
    return f"""SEARCH('{{{schema}}} MetricName="{metric.name}"{given}', '{metric.statistic}')"""


def of_aws(metric: AwsMetric, *values: str) -> Series:
    """A metric of AWS, with the values of its dimensions in their order. Raises ValueError for too few or many."""
    return Series(
        namespace=metric.namespace,
        metric=metric.name,
        dimensions={**dict(zip(metric.dimensions, values, strict=True)), **metric.fixed},
        statistic=metric.statistic,
    )


def _emitted(metric: Metric, *by: str) -> None:
    if by not in metric.dimension_sets:
        raise ValueError(
            f"{metric.name} is not emitted by {', '.join(by) or 'nothing'}: see agents/telemetry/metrics.py"
        )

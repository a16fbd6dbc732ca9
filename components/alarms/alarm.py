"""What an alarm is, and what there is to watch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.series import Series

Comparison: TypeAlias = Literal["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold"]

PERIOD_S: Final = 300
_PLAIN_STATISTICS: Final = frozenset({"Average", "Maximum", "Minimum", "SampleCount", "Sum"})
_FEW: Final = 10  # in a period, below which a rate says nothing


class Urgency(Enum):
    """Who is kept waiting. Each kind has one alarm that tells people, so that a costly day hides no outage."""

    OUTAGE = "outage"  # people ask and get no answer, or no right one
    ATTENTION = "attention"  # nobody waits yet


@dataclass(frozen=True, kw_only=True)
class WatchedFunction:
    """A function and its limits."""

    name: str  # physical
    timeout_s: int
    reserved: int | None = None  # executions; None: shares the account's
    provisioned: str = ""  # the alias that has provisioned concurrency; empty: none has


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What there is to watch. Names are known before anything exists; of what a stack lacks there is nothing."""

    namespace: str  # of our own metrics
    functions: Mapping[str, WatchedFunction]  # logical name ->
    tables: Mapping[str, str]  # logical -> physical name
    queues: Mapping[str, str]  # dead-letter queues: logical -> physical name
    api: tuple[str, str] | None  # name and stage of the REST API
    worker_every_s: int | None  # how often the worker runs; None: there is none
    workgroup: str  # of Athena
    web_acl: str | None  # the metric name of the API's web ACL
    access_log: str | None  # the log group of the API's requests


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One alarm. Of several series the `expression` makes the one that is compared."""

    purpose: str  # of its name
    urgency: Urgency
    means: str
    first: str  # what to do first
    series: Mapping[str, Series]  # id in the expression -> series
    expression: str = ""
    comparison: Comparison = "GreaterThanOrEqualToThreshold"
    threshold: float
    period_s: int = PERIOD_S
    periods: int = 3
    bad: int = 2  # of the periods
    missing: Literal["notBreaching", "breaching"] = "notBreaching"

    @property
    def description(self) -> str:
        """What a person reads who is told of it."""
        return f"{self.means} First: {self.first}"


def rate_alarm(
    *, purpose: str, urgency: Urgency, percent: int, failed: Series, all_: Series, means: str, first: str
) -> Alarm:
    """An alarm on what failed of all, in per cent; 0 while there are few.

    A failure that never was has no series, so what is missing is filled in.
    """
    return Alarm(
        purpose=purpose,
        urgency=urgency,
        means=means,
        first=first,
        series={"failed": failed, "tried": all_},
        expression=f"IF(FILL(tried, 0) >= {_FEW}, 100 * FILL(failed, 0) / FILL(tried, 1), 0)",
        comparison="GreaterThanThreshold",
        threshold=percent,
    )


def watched_by(alarm: Alarm) -> dict[str, object]:
    """What an alarm looks at, as the resource takes it: a series, or queries, of which one is compared."""
    first, *others = alarm.series.values()
    if not others and first.statistic in _PLAIN_STATISTICS:
        return {
            "namespace": first.namespace,
            "metric_name": first.metric,
            "dimensions": dict(first.dimensions),
            "period": alarm.period_s,
            "statistic": first.statistic,
        }
    queries: list[dict[str, object]] = [
        {
            "id": identifier,
            "metric": {
                "namespace": series.namespace,
                "metric_name": series.metric,
                "dimensions": dict(series.dimensions),
                "period": alarm.period_s,
                "stat": series.statistic,
            },
            "return_data": not alarm.expression,
        }
        for identifier, series in alarm.series.items()
    ]
    if alarm.expression:
        compared = {"id": "compared", "label": alarm.purpose, "expression": alarm.expression, "return_data": True}
        queries.insert(0, compared)
    return {"metric_queries": queries}

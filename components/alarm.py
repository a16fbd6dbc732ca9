"""What an alarm is, and what there is to watch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .series import Series

Comparison: TypeAlias = Literal["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold"]

PERIOD_S: Final = 300
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


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What there is to watch. Names are known before anything exists; of what a stack lacks there is nothing."""

    namespace: str  # of our own metrics
    functions: Mapping[str, WatchedFunction]  # logical name ->
    tables: Mapping[str, str]  # logical -> physical name
    queues: Mapping[str, str]  # dead-letter queues: logical -> physical name
    api: tuple[str, str] | None  # name and stage of the REST API
    worker_every_s: int | None  # how often the worker runs; None: there is none


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
        series={"failed": failed, "all": all_},
        expression=f"IF(FILL(all, 0) >= {_FEW}, 100 * FILL(failed, 0) / FILL(all, 1), 0)",
        comparison="GreaterThanThreshold",
        threshold=percent,
    )

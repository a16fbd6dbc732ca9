"""Alarms on what AWS measures of our resources: API, functions, tables, queues of failed events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agents.contract import WORKER
from agents.telemetry import aws_metrics as of
from components.series import of_aws

from .alarm import Alarm, Urgency, rate_alarm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from components.sections import Thresholds

    from .alarm import Watched

_DAY_S: Final = 86_400
# It runs too seldom for a rate: what comes of a failure, and in how many periods on end it must be seen.
_SELDOM: Final = {
    WORKER.name: ("rollouts stand still, nothing expires, and no decisions are anchored", 2),
}
_NEAR: Final = 0.9  # of a timeout
_BUSY: Final = 0.8  # of reserved concurrency


def aws_alarms(watched: Watched, thresholds: Thresholds) -> Iterator[Alarm]:
    """One set for each resource, so that the alarm's name says which."""
    yield from _api(watched, thresholds)
    yield from _functions(watched, thresholds)
    yield from _tables(watched, thresholds)
    yield from _queues(watched, thresholds)


def _api(watched: Watched, thresholds: Thresholds) -> Iterator[Alarm]:
    if watched.api is None:
        return
    percent = thresholds.error_rate_percent
    yield rate_alarm(
        purpose="requesterrors",
        urgency=Urgency.OUTAGE,
        percent=percent,
        failed=of_aws(of.API_GATEWAY["5XXError"], *watched.api),
        all_=of_aws(of.API_GATEWAY["Count"], *watched.api),
        means=f"The API answered more than {percent} % of requests with 5XX.",
        first="find them in the API's access log; `error` says whether the function or API Gateway failed.",
    )


def _functions(watched: Watched, thresholds: Thresholds) -> Iterator[Alarm]:
    for logical, function in watched.functions.items():
        errors = of_aws(of.LAMBDA["Errors"], function.name)
        if logical in _SELDOM:
            consequence, bad = _SELDOM[logical]
            yield Alarm(
                purpose=f"{logical}errors",
                urgency=Urgency.ATTENTION,
                means=f"The function {logical} failed: {consequence}.",
                first="read its log and mend the cause.",
                series={"errors": errors},
                threshold=1,
                periods=bad,
                bad=bad,
            )
        else:
            percent = thresholds.error_rate_percent
            yield rate_alarm(
                purpose=f"{logical}errors",
                urgency=Urgency.ATTENTION,
                percent=percent,
                failed=errors,
                all_=of_aws(of.LAMBDA["Invocations"], function.name),
                means=f"The function {logical} ended more than {percent} % of calls in an error.",
                first="read its log: an error here is one that our code did not expect, or a timeout.",
            )
        yield Alarm(
            purpose=f"{logical}throttles",
            urgency=Urgency.ATTENTION,
            means=f"Lambda turned away {thresholds.throttles} or more calls of the function {logical}.",
            first="compare concurrency with its limit on the resources dashboard; raise the reserved concurrency or "
            "ask for a larger quota.",
            series={"throttles": of_aws(of.LAMBDA["Throttles"], function.name)},
            threshold=thresholds.throttles,
            periods=1,
            bad=1,
        )
        yield Alarm(
            purpose=f"{logical}duration",
            urgency=Urgency.ATTENTION,
            means=f"The function {logical} takes {_NEAR:.0%} of its {function.timeout_s} s; soon it is cut off.",
            first="see on the performance dashboard what became slow before you raise the timeout.",
            series={"duration": of_aws(of.LAMBDA["Duration"], function.name)},
            threshold=round(1_000 * _NEAR * function.timeout_s),
            bad=3,
        )
        if function.reserved:
            yield Alarm(
                purpose=f"{logical}concurrency",
                urgency=Urgency.ATTENTION,
                means=f"The function {logical} runs {_BUSY:.0%} of the {function.reserved} executions reserved for it.",
                first="raise resources.lambda.reserved_concurrency before calls are turned away.",
                series={"concurrent": of_aws(of.LAMBDA["ConcurrentExecutions"], function.name)},
                threshold=max(1, round(_BUSY * function.reserved)),
                bad=3,
            )


def _tables(watched: Watched, thresholds: Thresholds) -> Iterator[Alarm]:
    for logical, table in watched.tables.items():
        for what, metric in (("read", "ReadThrottleEvents"), ("write", "WriteThrottleEvents")):
            yield Alarm(
                purpose=f"{logical}{what}throttles",
                urgency=Urgency.ATTENTION,
                means=f"DynamoDB turned away {thresholds.throttles} or more {what}s of the table {logical}.",
                first="look for one hot key, or for a table that is provisioned too small.",
                series={"throttles": of_aws(of.DYNAMODB[metric], table)},
                threshold=thresholds.throttles,
                periods=1,
                bad=1,
            )


def _queues(watched: Watched, thresholds: Thresholds) -> Iterator[Alarm]:
    for logical, queue in watched.queues.items():
        yield Alarm(
            purpose=f"{logical}depth",
            urgency=Urgency.ATTENTION,
            means=f"{thresholds.failed_events} or more events that nobody could handle wait in the queue {logical}.",
            first="read one: it names the function and the error. Mend that, then send them again.",
            series={"waiting": of_aws(of.SQS["ApproximateNumberOfMessagesVisible"], queue)},
            threshold=thresholds.failed_events,
            periods=1,
            bad=1,
        )
        yield Alarm(
            purpose=f"{logical}age",
            urgency=Urgency.ATTENTION,
            means=f"An event has waited in the queue {logical} for a day; it is lost when the queue forgets it.",
            first="send it again or delete it.",
            series={"age": of_aws(of.SQS["ApproximateAgeOfOldestMessage"], queue)},
            threshold=_DAY_S,
            periods=1,
            bad=1,
        )

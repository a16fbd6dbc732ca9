"""Alarms name series that exist, wake nobody for one request, and say what to do."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agents.contract import FUNCTIONS, TABLES
from agents.telemetry.aws_metrics import AWS_METRICS
from agents.telemetry.metrics import METRICS, TURN_ERRORS, WORKER_RUNS, Metric
from components import alarms
from components.alarms.alarm import Alarm, Urgency, Watched, WatchedFunction, watched_by
from components.naming import Kind, Names
from components.sections import Thresholds
from components.series import of_aws, search, search_aws, total

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = Names(prefix="qm", environment="dev", account="123456789012", region="us-east-1")
WATCHED = Watched(
    namespace="qm/dev",
    functions={
        one.name: WatchedFunction(name=NAMES.name(Kind.FUNCTION, one.name), timeout_s=29, reserved=10)
        for one in FUNCTIONS
    },
    tables={one.name: NAMES.name(Kind.TABLE, one.name) for one in TABLES},
    queues={"failed": "qm-failed-dev"},
    api=("qm-api-dev", "dev"),
    worker_every_s=60,
    workgroup="qm-gateway-dev",
    web_acl="qm-web-dev",
    access_log="/aws/apigateway/qm-api-dev",
)
BARE = replace(
    WATCHED, functions={}, tables={}, queues={}, api=None, worker_every_s=None, web_acl=None, access_log=None
)
# What a CloudWatch series is told apart by: namespace, name, dimensions.
OURS = {("qm/dev", one.name, frozenset(by)) for one in METRICS for by in one.dimension_sets}
THEIRS = {(one.namespace, one.name, frozenset((*one.dimensions, *one.fixed))) for one in AWS_METRICS}


def planned(watched: Watched = WATCHED, /, **thresholds: int) -> dict[str, Alarm]:
    found = alarms.plan(watched, Thresholds(**thresholds))
    assert len({one.purpose for one in found}) == len(found)
    return {one.purpose: one for one in found}


@pytest.mark.must_have("monitoring", "Every alarm looks at a series of the catalogue, or at one of AWS that it lists")
def test_every_alarm_looks_at_a_series_that_is_emitted() -> None:
    """Name and set of dimensions; an alarm on anything else would stay silent for ever."""
    for alarm in planned().values():
        for series in alarm.series.values():
            key = (series.namespace, series.metric, frozenset(series.dimensions))
            assert key in OURS | THEIRS, (alarm.purpose, key)


def test_every_expression_uses_each_of_its_series() -> None:
    """An id that is not defined is refused by CloudWatch; one that is not used is paid for."""
    for alarm in planned().values():
        used = set(re.findall(r"\b[a-z][a-z_]*\b", alarm.expression))
        assert used == (set(alarm.series) if alarm.expression else set()), alarm.purpose
        assert alarm.expression or len(alarm.series) == 1
        assert len(alarm.series) <= 10  # of one alarm


def test_alarms_have_names_that_the_service_takes() -> None:
    """The solver makes a name of every purpose."""
    assert all(NAMES.name(Kind.ALARM, purpose) == f"qm-{purpose}-dev" for purpose in planned())


def test_every_function_and_table_is_watched() -> None:
    """Errors, throttles, duration and concurrency of each function; reads and writes of each table."""
    wanted = {f"{one.name}{what}" for one in FUNCTIONS for what in ("errors", "throttles", "duration", "concurrency")}
    wanted |= {f"{one.name}{what}throttles" for one in TABLES for what in ("read", "write")}
    assert wanted <= planned().keys()


def test_of_what_a_stack_lacks_there_is_no_alarm() -> None:
    """Without API, tables, queues and worker only what agents do is watched."""
    assert sorted(planned(BARE)) == [
        "answererrors",
        "answerlatency",
        "auditfailures",
        "cost",
        "invalidconfigurations",
        "modelfailures",
        "queryfailures",
        "rejectedconfigurations",
        "tokens",
        "toolfailures",
    ]
    shared = replace(WATCHED, functions={"api": WatchedFunction(name="qm-api-dev", timeout_s=29)})
    assert "apiconcurrency" not in planned(shared)


@pytest.mark.must_have(
    "monitoring", "One failed request wakes nobody; a rate needs ten requests in two of three periods"
)
def test_one_failed_request_wakes_nobody() -> None:
    """The rate of few requests is 0, and one bad period of three is none."""
    rates = [one for one in planned().values() if "100 *" in one.expression]
    assert {one.purpose for one in rates} >= {"answererrors", "queryfailures", "requesterrors", "apierrors"}
    for alarm in rates:
        assert (alarm.periods, alarm.bad) == (3, 2)
        assert rate_of(alarm, failed=1, tried=1) == 0
        assert rate_of(alarm, failed=None, tried=None) == 0
        assert rate_of(alarm, failed=None, tried=500) == 0
        assert rate_of(alarm, failed=5, tried=20) == 25


def rate_of(alarm: Alarm, *, failed: int | None, tried: int | None) -> float:
    """The expression's value for one period, as CloudWatch would have it; None: no data point."""
    given = {"failed": failed, "tried": tried}

    def fill(value: int | None, instead: int) -> int:
        return instead if value is None else value

    def choose(condition: bool, then: float, otherwise: float) -> float:  # noqa: FBT001 - as IF takes it
        return then if condition else otherwise

    return float(eval(alarm.expression, {"IF": choose, "FILL": fill, **given}))  # our own expression


def test_thresholds_come_from_the_settings() -> None:
    """What a stack file says is what alarms compare with."""
    given = {
        "error_rate_percent": 7,
        "latency_p95_ms": 9_000,
        "throttles": 3,
        "failed_events": 2,
        "tokens_per_hour": 5_000,
        "cost_usd_per_day": 11,
    }
    found = planned(WATCHED, **given)
    compared = {purpose: found[purpose].threshold for purpose in THRESHOLDS}
    assert compared == {purpose: given[setting] for purpose, setting in THRESHOLDS.items()}


THRESHOLDS = {
    "answererrors": "error_rate_percent",
    "requesterrors": "error_rate_percent",
    "apierrors": "error_rate_percent",
    "queryfailures": "error_rate_percent",
    "modelfailures": "error_rate_percent",
    "toolfailures": "error_rate_percent",
    "answerlatency": "latency_p95_ms",
    "apithrottles": "throttles",
    "configurationreadthrottles": "throttles",
    "conversationwritethrottles": "throttles",
    "faileddepth": "failed_events",
    "tokens": "tokens_per_hour",
    "cost": "cost_usd_per_day",
}


def test_what_runs_seldom_needs_no_rate() -> None:
    """The worker runs less than ten times in a period, so each failure counts."""
    one = planned()["workererrors"]
    assert (one.bad, one.periods) == (2, 2)


def test_limits_of_functions_are_near_but_not_reached() -> None:
    """Duration alarms before the timeout cuts off, concurrency before calls are turned away."""
    found = planned()
    assert found["apiduration"].threshold == 26_100
    assert found["apiconcurrency"].threshold == 8


@pytest.mark.must_have("monitoring", "A worker that does not run is told, though nothing is measured then")
def test_silence_is_an_alarm_for_the_worker_only() -> None:
    """Everywhere else nothing measured means nothing happened."""
    assert [one.purpose for one in planned().values() if one.missing == "breaching"] == ["workermissing"]
    slow = planned(replace(WATCHED, worker_every_s=1_000))["workermissing"]
    assert (slow.period_s, slow.periods, slow.comparison) == (1_020, 3, "LessThanThreshold")
    assert {one.metric for one in slow.series.values()} == {WORKER_RUNS.name}


@pytest.mark.parametrize("every_s", [60, 300, 3_600, 21_600])
def test_alarms_look_back_no_further_than_cloudwatch_does(every_s: int) -> None:
    """A day for periods below an hour, seven days for others; periods are whole minutes."""
    for alarm in planned(replace(WATCHED, worker_every_s=every_s)).values():
        longest = 86_400 if alarm.period_s < 3_600 else 7 * 86_400
        assert alarm.period_s % 60 == 0
        assert alarm.period_s * alarm.periods <= longest
        assert 1 <= alarm.bad <= alarm.periods


@pytest.mark.must_have("monitoring", "Every alarm says what it means and what to do first")
def test_every_alarm_says_what_to_do() -> None:
    """Sentences for a person, within what CloudWatch keeps."""
    described = {one.description for one in planned().values()}
    assert len(described) == len(planned())
    for text in described:
        assert re.fullmatch(r"[A-Z0-9].+\. First: [a-z].+\.", text)
        assert len(text) <= 1024


def test_people_wait_for_few_things() -> None:
    """What is an outage is what the person who asks would notice."""
    urgent = {one.purpose for one in planned().values() if one.urgency is Urgency.OUTAGE}
    assert urgent == {"answererrors", "answerlatency", "auditfailures", "queryfailures", "requesterrors"}


def test_percentiles_and_expressions_are_queries() -> None:
    """Of several queries exactly one is compared; a plain statistic needs none."""
    for alarm in planned().values():
        given: Mapping[str, Any] = watched_by(alarm)
        queries = given.get("metric_queries")
        if queries is None:
            assert given["statistic"] in {"Sum", "Maximum"}
        else:
            assert [one["return_data"] for one in queries].count(True) == 1
            assert len(queries) == len(alarm.series) + bool(alarm.expression)


def test_a_series_that_is_not_emitted_cannot_be_named() -> None:
    """A dimension that a metric lacks, a total that there is not, too few values: refused when planned."""
    with pytest.raises(ValueError, match="turn_errors is not emitted by agent"):
        search("qm/dev", TURN_ERRORS, "agent")
    lone = Metric(name="lone", unit="count", kind="counter", dimension_sets=(("agent",),), help="")
    with pytest.raises(ValueError, match="lone is not emitted by nothing"):
        total("qm/dev", lone)
    latency = next(one for one in AWS_METRICS if one.name == "SuccessfulRequestLatency")
    with pytest.raises(ValueError, match="zip"):
        of_aws(latency, "qm-configuration-dev")
    with pytest.raises(ValueError, match="searched by Operation"):
        search_aws(latency, "TableName", "qm-configuration-dev")


def test_thresholds_are_numbers() -> None:
    """No threshold of a plan is something that CloudWatch cannot compare with."""
    assert all(math.isfinite(one.threshold) and one.threshold >= 1 for one in planned().values())

"""Alarms on what we measure ourselves: answers, models, tools, queries, the worker, configuration, spending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agents.telemetry import metrics as our
from components.series import total

from .alarm import PERIOD_S, Alarm, Urgency, rate_alarm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from components.sections import Thresholds

    from .alarm import Watched

_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400


def our_alarms(watched: Watched, thresholds: Thresholds) -> Iterator[Alarm]:
    """They look at totals: an alarm takes no search, and what an agent is called is not known here."""
    yield from _answers(watched.namespace, thresholds)
    yield from _audit(watched.namespace)
    yield from _worker(watched)
    yield from _configuration(watched.namespace)
    yield from _spending(watched.namespace, thresholds)


def _answers(namespace: str, thresholds: Thresholds) -> Iterator[Alarm]:
    percent = thresholds.error_rate_percent
    yield rate_alarm(
        purpose="answererrors",
        urgency=Urgency.OUTAGE,
        percent=percent,
        failed=total(namespace, our.TURN_ERRORS),
        all_=total(namespace, our.TURNS),
        means=f"More than {percent} % of questions failed through no fault of who asked.",
        first="see the error codes on the errors dashboard, then the API function's log of that time.",
    )
    yield Alarm(
        purpose="answerlatency",
        urgency=Urgency.OUTAGE,
        means=f"One answer in twenty takes longer than {thresholds.latency_p95_ms} ms.",
        first="compare models, tools and queries on the performance dashboard: the slowest of them is the cause.",
        series={"latency": total(namespace, our.TURN_LATENCY)},
        comparison="GreaterThanThreshold",
        threshold=thresholds.latency_p95_ms,
        bad=3,
    )
    yield rate_alarm(
        purpose="queryfailures",
        urgency=Urgency.OUTAGE,
        percent=percent,
        failed=total(namespace, our.QUERY_FAILURES),
        all_=total(namespace, our.QUERIES),
        means=f"More than {percent} % of statements that were let through gave no rows.",
        first="see the codes on the errors dashboard, then the workgroup's history of queries in Athena.",
    )
    yield rate_alarm(
        purpose="modelfailures",
        urgency=Urgency.ATTENTION,
        percent=percent,
        failed=total(namespace, our.MODEL_FAILURES),
        all_=total(namespace, our.MODEL_CALLS),
        means=f"More than {percent} % of requests to models gave no reply.",
        first="see which model on the errors dashboard; a throttled or withdrawn one is replaced in the configuration, "
        "without a deployment.",
    )
    yield rate_alarm(
        purpose="toolfailures",
        urgency=Urgency.ATTENTION,
        percent=percent,
        failed=total(namespace, our.TOOL_FAILURES),
        all_=total(namespace, our.TOOL_CALLS),
        means=f"More than {percent} % of tool calls failed or were late; answers are partial.",
        first="see which tool on the errors dashboard, then its function's log.",
    )


def _audit(namespace: str) -> Iterator[Alarm]:
    yield Alarm(
        purpose="auditfailures",
        urgency=Urgency.OUTAGE,
        means="Decisions on access could not be written down, and nobody got what they were about.",
        first="see whether the audit table throttles or refuses on the resources dashboard, then the functions' logs.",
        series={"failures": total(namespace, our.AUDIT_FAILURES)},
        threshold=1,
        bad=2,
    )


def _worker(watched: Watched) -> Iterator[Alarm]:
    if watched.worker_every_s is None:
        return
    yield Alarm(
        purpose="workermissing",
        urgency=Urgency.ATTENTION,
        means="The worker has not run: rollouts stand still, nothing expires, and no decisions are anchored. "
        "A new stack says so until its first.",
        first="see whether its schedule is enabled, then its log and the queue of failed events.",
        series={"runs": total(watched.namespace, our.WORKER_RUNS)},
        comparison="LessThanThreshold",
        threshold=1,
        period_s=max(PERIOD_S, -(-watched.worker_every_s // 60) * 60),
        bad=3,
        missing="breaching",
    )
    yield Alarm(
        purpose="workerfailures",
        urgency=Urgency.ATTENTION,
        means="A job of the worker keeps failing. Until decisions are anchored, they could still be rewritten.",
        first="see which on the errors dashboard, then the worker's log.",
        series={"failures": total(watched.namespace, our.WORKER_FAILURES)},
        threshold=1,
        bad=3,
    )


def _configuration(namespace: str) -> Iterator[Alarm]:
    yield Alarm(
        purpose="invalidconfigurations",
        urgency=Urgency.ATTENTION,
        means="The configuration of an agent does not load; it goes on with the last one that did.",
        first="see `qm config history` of the agent, and roll it back or mend it.",
        series={"invalid": total(namespace, our.CONFIGURATIONS_INVALID)},
        threshold=1,
    )
    yield Alarm(
        purpose="rejectedconfigurations",
        urgency=Urgency.ATTENTION,
        means="An agent refused a configuration that was published.",
        first="see which on the errors dashboard, and roll it back.",
        series={"rejected": total(namespace, our.CONFIG_REJECTED)},
        threshold=1,
        periods=1,
        bad=1,
    )


def _spending(namespace: str, thresholds: Thresholds) -> Iterator[Alarm]:
    yield Alarm(
        purpose="tokens",
        urgency=Urgency.ATTENTION,
        means=f"Models used {thresholds.tokens_per_hour} tokens or more in an hour.",
        first="see which agent on the cost dashboard; a loop of tool calls or a long prompt is the usual cause.",
        series={"read": total(namespace, our.INPUT_TOKENS), "written": total(namespace, our.OUTPUT_TOKENS)},
        expression="FILL(read, 0) + FILL(written, 0)",
        threshold=thresholds.tokens_per_hour,
        period_s=_HOUR_S,
        periods=1,
        bad=1,
    )
    yield Alarm(
        purpose="cost",
        urgency=Urgency.ATTENTION,
        means=f"Models cost {thresholds.cost_usd_per_day} USD or more in a day.",
        first="see which agent and model on the cost dashboard; another model or a limit is a configuration away.",
        series={"cost": total(namespace, our.COST)},
        threshold=thresholds.cost_usd_per_day,
        period_s=_DAY_S,
        periods=1,
        bad=1,
    )

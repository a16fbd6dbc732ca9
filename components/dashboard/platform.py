"""The dashboards about the platform: what is wrong, and how close things are to their limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.telemetry import aws_metrics as of
from agents.telemetry import metrics as our
from components.series import of_aws, search_aws, total

from .agents import by
from .widgets import alarm_states, graph, line, log_query, searched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.telemetry.aws_metrics import AwsMetric

    from .scene import Scene
    from .widgets import Widget


def errors(scene: Scene) -> Iterator[list[Widget]]:
    """What is wrong now, and what was refused."""
    watched = scene.watched
    yield [alarm_states("Alarms", scene.alarms)]
    yield [
        by(scene, "Questions that failed, by code", our.TURN_ERRORS, "code"),
        by(scene, "Questions that were refused, by code", our.TURN_REFUSALS, "code"),
    ]
    yield [
        by(scene, "Models that gave no reply, by model", our.MODEL_FAILURES, "model"),
        by(scene, "Sign-ins refused by reason", our.SIGN_IN_REFUSALS, "code"),
    ]
    yield [
        by(scene, "Tool calls that failed, by tool", our.TOOL_FAILURES, "tool"),
        by(scene, "Tool calls that were refused, by tool", our.TOOL_REFUSALS, "tool"),
    ]
    yield [
        by(scene, "Queries that failed, by code", our.QUERY_FAILURES, "code"),
        by(scene, "Queries that were refused, by code", our.QUERY_REFUSALS, "code"),
    ]
    yield [
        by(scene, "Access denied, by action", our.ACCESS_DENIALS, "action"),
        graph(
            "Decisions that could not be written down",
            "count",
            [line(total(watched.namespace, our.AUDIT_FAILURES), "decisions")],
        ),
    ]
    published = (
        (our.CONFIG_CONFLICTS, "came second"),
        (our.CONFIG_REFUSALS, "not valid"),
        (our.CONFIGURATIONS_INVALID, "agents that do not load"),
    )
    yield [
        graph(
            "Configuration refused", "count", [line(total(watched.namespace, one), label) for one, label in published]
        ),
        by(scene, "Configuration that an agent rejected, by agent", our.CONFIG_REJECTED, "agent"),
    ]
    yield [
        by(scene, "Jobs of the worker that failed, by job", our.WORKER_FAILURES, "job"),
        _functions(scene, "Functions that ended in an error", of.LAMBDA["Errors"]),
    ]
    if watched.queues:
        yield [
            _queues(scene, "Events that nobody could handle", of.SQS["ApproximateNumberOfMessagesVisible"]),
            _queues(scene, "Age of the oldest of them", of.SQS["ApproximateAgeOfOldestMessage"]),
        ]
    yield from _requests(scene)


def _requests(scene: Scene) -> Iterator[list[Widget]]:
    watched = scene.watched
    if watched.api:
        series = {code: of_aws(of.API_GATEWAY[f"{code}Error"], *watched.api) for code in ("5XX", "4XX")}
        row = [graph("Requests refused and failed", "count", [line(one, code) for code, one in series.items()])]
        if watched.web_acl:
            row.append(_firewall(scene))
        yield row
    if watched.access_log:
        yield [
            log_query(
                "Last requests that failed",
                watched.access_log,
                [
                    "filter status >= 500",
                    "fields @timestamp, requestId, method, route, status, error, latency_ms",
                    "sort @timestamp desc",
                    "limit 20",
                ],
                width=24,
            )
        ]


def resources(scene: Scene) -> Iterator[list[Widget]]:
    """How close functions, tables, queries and the API are to their limits."""
    watched = scene.watched
    yield [
        _functions(scene, "Invocations", of.LAMBDA["Invocations"]),
        _functions(scene, "Concurrent executions", of.LAMBDA["ConcurrentExecutions"]),
    ]
    yield [
        _functions(scene, "Duration, p99", of.LAMBDA["Duration"]),
        _functions(scene, "Calls turned away", of.LAMBDA["Throttles"]),
    ]
    yield [
        _functions(scene, "Events dropped", of.LAMBDA["AsyncEventsDropped"]),
        _functions(scene, "Events that reached no queue", of.LAMBDA["DeadLetterErrors"]),
    ]
    yield from _provisioned(scene)
    yield [
        _tables(scene, "Capacity read", of.DYNAMODB["ConsumedReadCapacityUnits"]),
        _tables(scene, "Capacity written", of.DYNAMODB["ConsumedWriteCapacityUnits"]),
    ]
    yield [
        _tables(scene, "Reads turned away", of.DYNAMODB["ReadThrottleEvents"]),
        _tables(scene, "Writes turned away", of.DYNAMODB["WriteThrottleEvents"]),
    ]
    slow = of.DYNAMODB_OPERATION["SuccessfulRequestLatency"]
    for logical, table in watched.tables.items():
        found = searched(search_aws(slow, "Operation", table), "Operation")
        yield [graph(f"Time of an operation on {logical}, p99", slow.unit, [found], width=24)]
    yield [
        graph(
            "Time of a query in Athena, p90",
            "milliseconds",
            [
                line(of_aws(of.ATHENA["EngineExecutionTime"], watched.workgroup), "runs"),
                line(of_aws(of.ATHENA["QueryQueueTime"], watched.workgroup), "waits"),
            ],
        ),
        _account("Bedrock turned away, whole account", of.BEDROCK["InvocationThrottles"]),
    ]
    if watched.api:
        names = {"Latency": "whole", "IntegrationLatency": "of the function"}
        series = {label: of_aws(of.API_GATEWAY[name], *watched.api) for name, label in names.items()}
        yield [
            graph("Time of a request, p99", "milliseconds", [line(one, label) for label, one in series.items()]),
            _account("Models that will be withdrawn, whole account", of.BEDROCK["LegacyModelInvocations"]),
        ]
    yield [
        by(scene, "Runs of the worker by job", our.WORKER_RUNS, "job"),
        by(scene, "Time of a job by job, p95", our.WORKER_LATENCY, "job"),
    ]


def _functions(scene: Scene, title: str, metric: AwsMetric) -> Widget:
    named = scene.watched.functions.items()
    return graph(title, metric.unit, [line(of_aws(metric, one.name), logical) for logical, one in named])


def _tables(scene: Scene, title: str, metric: AwsMetric) -> Widget:
    named = scene.watched.tables.items()
    return graph(title, metric.unit, [line(of_aws(metric, table), logical) for logical, table in named])


def _queues(scene: Scene, title: str, metric: AwsMetric) -> Widget:
    named = scene.watched.queues.items()
    return graph(title, metric.unit, [line(of_aws(metric, queue), logical) for logical, queue in named])


def _account(title: str, metric: AwsMetric) -> Widget:
    """Bedrock counts by model, for all stacks of the account together."""
    return graph(title, metric.unit, [searched(search_aws(metric, "ModelId"), "ModelId")])


def _firewall(scene: Scene) -> Widget:
    named = {"BlockedRequests": "blocked", "AllowedRequests": "allowed"}
    acl = scene.watched.web_acl or ""
    series = {label: of_aws(of.WAF[name], acl, scene.region) for name, label in named.items()}
    return graph("Requests at the firewall", "count", [line(one, label) for label, one in series.items()])


def _provisioned(scene: Scene) -> Iterator[list[Widget]]:
    """Provisioned concurrency costs while nobody calls, so it is worth a look where there is some."""
    named = [(logical, one) for logical, one in scene.watched.functions.items() if one.provisioned]
    if named:
        yield [
            graph(
                title,
                metric.unit,
                [line(of_aws(metric, one.name, f"{one.name}:{one.provisioned}"), logical) for logical, one in named],
            )
            for title, metric in (
                ("Provisioned concurrency in use", of.LAMBDA_PROVISIONED["ProvisionedConcurrencyUtilization"]),
                ("Calls beyond it", of.LAMBDA_PROVISIONED["ProvisionedConcurrencySpilloverInvocations"]),
            )
        ]

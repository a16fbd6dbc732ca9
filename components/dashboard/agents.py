"""The dashboards about what agents do: performance, cost, and who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agents.telemetry import aws_metrics as of
from agents.telemetry import metrics as our
from components.series import of_aws, search, total

from .widgets import graph, line, log_query, number, rate, searched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.telemetry.metrics import Metric

    from .scene import Scene
    from .widgets import Widget

_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400


def by(scene: Scene, title: str, metric: Metric, dimension: str, *, period_s: int = 300) -> Widget:
    """A metric of ours, a line for each value of the dimension."""
    found = search(scene.watched.namespace, metric, dimension)
    return graph(title, metric.unit, [searched(found, dimension)], period_s=period_s)


def performance(scene: Scene) -> Iterator[list[Widget]]:
    """How fast answers are, and which agent, model, tool or query takes the time."""
    namespace = scene.watched.namespace
    latency, queries = total(namespace, our.TURN_LATENCY), total(namespace, our.QUERY_LATENCY)
    yield [
        number("Questions", [line(total(namespace, our.TURNS), "questions")]),
        number("Time of an answer", [line(latency.read_as("p50"), "median"), line(latency, "p95")]),
        number("Failed", rate(total(namespace, our.TURN_ERRORS), total(namespace, our.TURNS), "%")),
        number("Partial answers", [line(total(namespace, our.PARTIAL_ANSWERS), "answers")]),
    ]
    yield [
        graph(
            "Time of an answer",
            "milliseconds",
            [line(latency.read_as("p50"), "median"), line(latency, "p95"), line(latency.read_as("p99"), "p99")],
            limit=scene.thresholds.latency_p95_ms,
        ),
        by(scene, "Time of an answer by agent, p95", our.TURN_LATENCY, "agent"),
    ]
    yield [
        by(scene, "Questions by agent", our.TURNS, "agent"),
        by(scene, "Partial answers by agent", our.PARTIAL_ANSWERS, "agent"),
    ]
    yield [
        by(scene, "Time of a model by model, p95", our.MODEL_LATENCY, "model"),
        by(scene, "Requests by model", our.MODEL_CALLS, "model"),
    ]
    yield [
        by(scene, "Time of a tool by tool, p95", our.TOOL_LATENCY, "tool"),
        by(scene, "Calls by tool", our.TOOL_CALLS, "tool"),
    ]
    yield [
        graph("Time of a query", "milliseconds", [line(queries.read_as("p50"), "median"), line(queries, "p95")]),
        graph(
            "Queries",
            "count",
            [
                line(total(namespace, our.QUERIES), "queries"),
                line(total(namespace, our.QUERY_CACHE_HITS), "answered by a kept result"),
            ],
        ),
    ]


def cost(scene: Scene) -> Iterator[list[Widget]]:
    """What models and queries cost, and who causes it."""
    namespace = scene.watched.namespace
    spent, read, written = (total(namespace, one) for one in (our.COST, our.INPUT_TOKENS, our.OUTPUT_TOKENS))
    scanned = of_aws(of.ATHENA["ProcessedBytes"], scene.watched.workgroup)
    yield [
        number("Cost of models, USD", [line(spent, "USD")]),
        number("Tokens", [line(read, "read"), line(written, "written")], width=9),
        number("Scanned by queries", [line(scanned, "bytes")], width=9),
    ]
    yield [
        graph(
            "Cost of models a day",
            "USD",
            [line(spent, "USD")],
            period_s=_DAY_S,
            limit=scene.thresholds.cost_usd_per_day,
        ),
        graph(
            "Tokens an hour",
            "tokens",
            [line(read, "read"), line(written, "written")],
            period_s=_HOUR_S,
            limit=scene.thresholds.tokens_per_hour,
        ),
    ]
    for metric, title in (
        (our.COST, "Cost, USD"),
        (our.INPUT_TOKENS, "Tokens read"),
        (our.OUTPUT_TOKENS, "Tokens written"),
    ):
        yield [
            by(scene, f"{title} by agent", metric, "agent", period_s=_HOUR_S),
            by(scene, f"{title} by model", metric, "model", period_s=_HOUR_S),
        ]
    yield [graph("Scanned by queries an hour", "bytes", [line(scanned, "bytes")], width=24, period_s=_HOUR_S)]


def activity(scene: Scene) -> Iterator[list[Widget]]:
    """Who asks what, and how much. People are counted in the access log: a metric never says who."""
    namespace = scene.watched.namespace
    yield [
        by(scene, "Questions by persona", our.TURNS, "persona"),
        by(scene, "Questions by agent", our.TURNS, "agent"),
    ]
    if scene.watched.access_log:
        group = scene.watched.access_log
        known = 'filter ispresent(subject) and subject != "-"'
        yield [
            log_query("People a day", group, [known, "stats count_distinct(subject) as people by bin(1d)"], view="bar"),
            log_query(
                "Requests by route",
                group,
                [
                    "stats count(*) as requests, count_distinct(subject) as people by method, route",
                    "sort requests desc",
                ],
            ),
        ]
    if scene.watched.api:
        count = of_aws(of.API_GATEWAY["Count"], *scene.watched.api)
        yield [
            graph("Requests", "count", [line(count, "requests")]),
            by(scene, "Sign-ins refused by reason", our.SIGN_IN_REFUSALS, "code"),
        ]
    yield [
        graph("Configuration published", "count", [line(total(namespace, our.CONFIG_PUBLISHES), "versions")]),
        by(scene, "Configuration applied by agent", our.CONFIG_APPLIED, "agent"),
    ]

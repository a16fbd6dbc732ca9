"""Documents that several agents share: the router's, and the thresholds of metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from agents.configuration.document_model import Name, Strict, described
from agents.configuration.json_pointer import below
from agents.configuration.problems import invalid
from agents.telemetry.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from agents.errors import Problem

ROUTING: Final = "routing/default"
THRESHOLDS: Final = "metrics/thresholds"


class Intent(Strict):
    """What a question is about, and who answers it."""

    agent: Annotated[Name, described("the agent that answers")]
    examples: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=512)]], Field(max_length=100), described("questions of it")
    ] = Field(default_factory=list)


class RoutingDefaults(Strict):
    """How questions find their agent."""

    otherwise: Annotated[Name | None, described("the agent for what fits none", in_effect=False)] = None
    threshold: Annotated[
        Annotated[float, Field(ge=0, le=1)] | None,
        described("how sure the router must be, from 0 to 1", in_effect=False),
    ] = None
    intents: Annotated[
        dict[Name, Intent], Field(max_length=200), described("each intent by its name", in_effect=False)
    ] = Field(default_factory=dict)


class Threshold(Strict):
    """When a metric is out of bounds."""

    above: Annotated[float | None, described("out of bounds above it", "redeploy")] = None
    below: Annotated[float | None, described("out of bounds below it", "redeploy")] = None
    statistic: Annotated[
        Literal["sum", "maximum", "p50", "p99"], described("what of the period is looked at", "redeploy")
    ]
    minutes: Annotated[int, Field(ge=1, le=1440), described("the period", "redeploy")] = 5


class MetricThresholds(Strict):
    """What operators want to be told of, by the name of the metric in the catalogue."""

    thresholds: Annotated[dict[Name, Threshold], described("each threshold by its metric", "redeploy", in_effect=False)]


def check_routing(routing: RoutingDefaults, agents: Collection[str]) -> Iterator[Problem]:
    """Agents that there are not."""
    named = {"/otherwise": routing.otherwise} if routing.otherwise else {}
    named |= {f"{below('/intents', name)}/agent": intent.agent for name, intent in routing.intents.items()}
    for pointer, agent in named.items():
        if agent not in agents:
            yield invalid(f"there is no agent {agent!r}", pointer=pointer, fix=f"Agents: {', '.join(sorted(agents))}.")


def check_thresholds(wanted: MetricThresholds) -> Iterator[Problem]:
    """Metrics that there are not, statistics that say nothing of their kind, and thresholds without a bound."""
    metrics = {metric.name: metric for metric in METRICS}
    for name, threshold in wanted.thresholds.items():
        pointer = below("/thresholds", name)
        metric = metrics.get(name)
        if metric is None:
            yield invalid(
                f"there is no metric {name!r}", pointer=pointer, fix=f"Metrics: {', '.join(sorted(metrics))}."
            )
        elif threshold.statistic not in _STATISTICS[metric.kind]:
            fix = f"Use {' or '.join(sorted(_STATISTICS[metric.kind]))}."
            message = f"the {threshold.statistic} of a {metric.kind} says nothing"
            yield invalid(message, pointer=f"{pointer}/statistic", fix=fix)
        if threshold.above is None and threshold.below is None:
            yield invalid("it has neither `above` nor `below`", pointer=pointer, fix="Give one of them.")


_STATISTICS: Final = {
    "counter": frozenset({"sum"}),
    "gauge": frozenset({"maximum"}),
    "histogram": frozenset({"p50", "p99", "maximum"}),
}

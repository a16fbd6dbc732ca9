"""The metric catalogue: every series that the platform emits, with its unit and its dimensions.

A dimension's values come from what is deployed (agents, tools, models, personas, error codes, jobs), never from a
request: no subject, no conversation, no text, as each new value is a series that somebody pays for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Unit: TypeAlias = Literal["count", "milliseconds", "tokens", "usd"]
Kind: TypeAlias = Literal["counter", "gauge", "histogram"]
NONE: Final = "none"  # a dimension's value where there is nothing to name: a turn that reached no agent


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric, in a series for each of its dimension sets.

    The empty set is the total over everything, which is what alarms look at. A `counter` is read by its sum, a `gauge`
    by its maximum, a `histogram` by its percentiles.
    """

    name: str
    unit: Unit
    kind: Kind
    dimension_sets: tuple[tuple[str, ...], ...]
    help: str

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Every dimension that a value is recorded with, sorted."""
        return tuple(sorted({name for names in self.dimension_sets for name in names}))


def _metric(name: str, unit: Unit, kind: Kind, by: tuple[str, ...], meaning: str) -> Metric:
    """A metric with a total, and a series by each of the dimensions alone."""
    return Metric(name=name, unit=unit, kind=kind, dimension_sets=((), *((one,) for one in by)), help=meaning)


def _count(name: str, *by: str, help: str) -> Metric:  # noqa: A002 - the field's word, as in Prometheus
    return _metric(name, "count", "counter", by, help)


def _latency(name: str, *by: str, help: str) -> Metric:  # noqa: A002 - the same
    return _metric(name, "milliseconds", "histogram", by, help)


TURNS: Final = _count("turns", "agent", "persona", help="questions that a signed-in person asked, however they ended")
TURN_ERRORS: Final = _count("turn_errors", "code", help="turns that failed through no fault of the person")
TURN_REFUSALS: Final = _count("turn_refusals", "code", help="turns that were not valid or not allowed")
TURN_LATENCY: Final = _latency("turn_latency_ms", "agent", help="time of a turn, from question to answer or error")
PARTIAL_ANSWERS: Final = _count("partial_answers", "agent", help="answers that lack the result of a tool")

INPUT_TOKENS: Final = _metric("input_tokens", "tokens", "counter", ("agent", "model"), "tokens that models read")
OUTPUT_TOKENS: Final = _metric("output_tokens", "tokens", "counter", ("agent", "model"), "tokens that models wrote")
COST: Final = _metric("cost_usd", "usd", "counter", ("agent", "model"), "what the models' tokens cost, in US dollars")

MODEL_CALLS: Final = _count("model_calls", "model", help="requests to a model")
MODEL_FAILURES: Final = _count("model_failures", "model", help="requests to a model that gave no reply")
MODEL_LATENCY: Final = _latency("model_latency_ms", "model", help="time of a request to a model")

TOOL_CALLS: Final = _count("tool_calls", "tool", help="tool calls that a model made")
TOOL_FAILURES: Final = _count("tool_failures", "tool", help="tool calls that failed or were late")
TOOL_REFUSALS: Final = _count("tool_refusals", "tool", help="tool calls that were not granted or not valid")
TOOL_LATENCY: Final = _latency("tool_latency_ms", "tool", help="time of a tool call")

QUERIES: Final = _count("queries", help="statements that reached the SQL gateway")
QUERY_REFUSALS: Final = _count("query_refusals", "code", help="statements that the gateway did not let through")
QUERY_FAILURES: Final = _count("query_failures", "code", help="statements that were let through and gave no rows")
QUERY_LATENCY: Final = _latency("query_latency_ms", help="time of a statement, from rewriting to its rows")
QUERY_CACHE_HITS: Final = _count("query_cache_hits", help="statements whose rows were kept from before")

SIGN_IN_REFUSALS: Final = _count("sign_in_refusals", "code", help="requests whose token or persona was refused")
ACCESS_DENIALS: Final = _count("access_denials", "action", help="decisions against whoever asked, of every kind")
AUDIT_FAILURES: Final = _count("audit_failures", help="decisions that could not be written down, whose request ended")

CONFIG_PUBLISHES: Final = _count("config_publishes", help="versions of configuration that were published")
CONFIG_CONFLICTS: Final = _count("config_conflicts", help="publishes that came after somebody else's")
CONFIG_REFUSALS: Final = _count("config_refusals", help="publishes that were not valid")
CONFIG_APPLIED: Final = _count("config_applied", "agent", help="configurations that a follower put in force")
CONFIG_REJECTED: Final = _count("config_rejected", "agent", help="configurations that a follower found not valid")

WORKER_RUNS: Final = _count("worker_runs", "job", help="runs of a background job")
WORKER_FAILURES: Final = _count("worker_failures", "job", help="runs of a background job that failed")
WORKER_LATENCY: Final = _latency("worker_latency_ms", "job", help="time of a background job")
CONFIGURATIONS_INVALID: Final = _metric(
    "configurations_invalid", "count", "gauge", (), "agents whose configuration does not load, as last looked"
)

METRICS: Final = (
    TURNS,
    TURN_ERRORS,
    TURN_REFUSALS,
    TURN_LATENCY,
    PARTIAL_ANSWERS,
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    COST,
    MODEL_CALLS,
    MODEL_FAILURES,
    MODEL_LATENCY,
    TOOL_CALLS,
    TOOL_FAILURES,
    TOOL_REFUSALS,
    TOOL_LATENCY,
    QUERIES,
    QUERY_REFUSALS,
    QUERY_FAILURES,
    QUERY_LATENCY,
    QUERY_CACHE_HITS,
    SIGN_IN_REFUSALS,
    ACCESS_DENIALS,
    AUDIT_FAILURES,
    CONFIG_PUBLISHES,
    CONFIG_CONFLICTS,
    CONFIG_REFUSALS,
    CONFIG_APPLIED,
    CONFIG_REJECTED,
    WORKER_RUNS,
    WORKER_FAILURES,
    WORKER_LATENCY,
    CONFIGURATIONS_INVALID,
)

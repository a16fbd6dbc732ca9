"""Metrics as CloudWatch reads them from a function's log; `read_emf` holds the format's rules."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.adapters.emf import EmfMeasures
from agents.telemetry.metrics import (
    CONFIGURATIONS_INVALID,
    COST,
    METRICS,
    QUERIES,
    QUERY_LATENCY,
    TOOL_CALLS,
    TURN_LATENCY,
    TURNS,
    Metric,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Read = Callable[[str], dict[str, Any]]


class Written:
    """Measures that write into a list."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.measures = EmfMeasures("qm/dev", clock=lambda: 1_800_000_000.5, write=self.lines.append)


@pytest.fixture
def written() -> Written:
    return Written()


def test_an_invocation_is_one_line(written: Written, read_emf: Read) -> None:
    """Metrics of different dimensions share it as long as no dimension has two values."""
    written.measures.record(TURNS, agent="sql", persona="field_engineer")
    written.measures.record(TURN_LATENCY, 12.5, agent="sql")
    written.measures.record(COST, 0.25, agent="sql", model="m")
    written.measures.record(QUERIES)
    written.measures.flush()
    (line,) = written.lines
    document = read_emf(line)
    assert {name: document[name] for name in ("turns", "turn_latency_ms", "cost_usd", "queries")} == {
        "turns": 1,
        "turn_latency_ms": 12.5,
        "cost_usd": 0.25,
        "queries": 1,
    }
    assert (document["agent"], document["persona"], document["model"]) == ("sql", "field_engineer", "m")
    about = document["_aws"]
    assert about["Timestamp"] == 1_800_000_000_500
    assert {directive["Namespace"] for directive in about["CloudWatchMetrics"]} == {"qm/dev"}
    sets = {metric["Name"]: d["Dimensions"] for d in about["CloudWatchMetrics"] for metric in d["Metrics"]}
    assert sets["turns"] == [[], ["agent"], ["persona"]]
    assert sets["queries"] == [[]]


def test_a_second_value_of_a_dimension_takes_a_second_line(written: Written, read_emf: Read) -> None:
    """A line can say `tool` only once; what fits beside it stays in the first."""
    for tool in ("a", "b", "a"):
        written.measures.record(TOOL_CALLS, tool=tool)
    written.measures.record(QUERIES)
    written.measures.flush()
    first, second = map(read_emf, written.lines)
    assert (first["tool"], first["tool_calls"], first["queries"]) == ("a", 2, 1)
    assert (second["tool"], second["tool_calls"]) == ("b", 1)
    assert "queries" not in second


def test_counters_add_up_gauges_keep_the_last_and_histograms_keep_all(written: Written, read_emf: Read) -> None:
    """What a function did a hundred times is still one value where a sum says it all."""
    for value in (1, 2, 3):
        written.measures.record(QUERIES, value)
        written.measures.record(CONFIGURATIONS_INVALID, value)
        written.measures.record(QUERY_LATENCY, value)
    written.measures.flush()
    document = read_emf(written.lines[0])
    assert (document["queries"], document["configurations_invalid"]) == (6, 3)
    assert document["query_latency_ms"] == [1, 2, 3]


def test_nothing_measured_writes_nothing(written: Written) -> None:
    """An idle function costs no line, and what was written is not written again."""
    written.measures.flush()
    assert written.lines == []
    written.measures.record(QUERIES)
    written.measures.flush()
    written.measures.flush()
    assert len(written.lines) == 1


def test_more_values_than_a_metric_may_have_go_on_in_the_next_line(written: Written, read_emf: Read) -> None:
    """None is lost."""
    for value in range(250):
        written.measures.record(QUERY_LATENCY, value)
    written.measures.flush()
    values = [value for line in written.lines for value in read_emf(line)["query_latency_ms"]]
    assert sorted(values) == list(range(250))


@pytest.mark.parametrize("value", ["", " ", "x" * 5000, "\n", "Zürich", "\x00"])
def test_a_dimension_is_made_what_cloudwatch_takes(written: Written, read_emf: Read, value: str) -> None:
    """A model's name may be anything; a line that CloudWatch refuses would lose everything in it."""
    written.measures.record(TURNS, agent=value, persona="none")
    written.measures.flush()
    assert read_emf(written.lines[0])["turns"] == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(METRICS), st.integers(0, 10**6), st.lists(st.text(max_size=3), min_size=4, max_size=4)
        ),
        max_size=300,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_whatever_is_recorded_comes_out_whole(read_emf: Read, records: list[tuple[Metric, int, list[str]]]) -> None:
    """Every line is valid, and the sum of each counter over all lines is the sum that was recorded."""
    written = Written()
    expected: dict[str, int] = {}
    for metric, value, texts in records:
        written.measures.record(metric, value, **dict(zip(metric.dimensions, texts, strict=False)))
        if metric.kind == "counter":
            expected[metric.name] = expected.get(metric.name, 0) + value
    written.measures.flush()
    found: dict[str, int] = {}
    for document in map(read_emf, written.lines):
        for name in expected.keys() & document.keys():
            found[name] = found.get(name, 0) + document[name]
    assert found == expected


def test_threads_lose_nothing_while_one_flushes(written: Written, read_emf: Read) -> None:
    """Tools of a turn run side by side, and a late one may still record when the invocation ends."""

    def work() -> None:
        for _ in range(500):
            written.measures.record(QUERIES)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        written.measures.flush()
    for thread in threads:
        thread.join()
    written.measures.flush()
    assert sum(read_emf(line)["queries"] for line in written.lines) == 2000

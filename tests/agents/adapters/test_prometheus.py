"""Metrics as Prometheus reads them."""

from __future__ import annotations

import re

from agents.adapters.prometheus import BUCKETS_MS, PrometheusMeasures
from agents.telemetry.metrics import CONFIGURATIONS_INVALID, METRICS, QUERY_LATENCY, TURNS

_LABEL = r'[a-z]+="(\\["\\n]|[^"\\\n])*"'
_LINE = re.compile(rf"(# (HELP|TYPE) [a-z_]+ .+)|([a-z_]+(\{{{_LABEL}(,{_LABEL})*\}})? [-+.e\d]+)")


def test_counters_gauges_and_histograms_have_their_own_forms() -> None:
    """By the text format 0.0.4: counters end in _total, a histogram has cumulative buckets, sum and count."""
    measures = PrometheusMeasures()
    for _ in range(3):
        measures.record(TURNS, agent="sql", persona="field_engineer")
    for value in (4, 2):
        measures.record(CONFIGURATIONS_INVALID, value)
    for value in (1, 5, 30, 99_999):
        measures.record(QUERY_LATENCY, value)
    lines = measures.text().splitlines()
    assert 'quartermaster_turns_total{agent="sql",persona="field_engineer"} 3' in lines
    assert "# TYPE quartermaster_turns_total counter" in lines
    assert "quartermaster_configurations_invalid 2" in lines
    buckets = [int(line.split()[-1]) for line in lines if line.startswith("quartermaster_query_latency_ms_bucket")]
    assert len(buckets) == len(BUCKETS_MS) + 1
    assert buckets == sorted(buckets)
    assert (buckets[0], buckets[-1]) == (2, 4), "5 ms counts as at most 5 ms; the last bucket has all"
    assert "quartermaster_query_latency_ms_sum 100035" in lines
    assert "quartermaster_query_latency_ms_count 4" in lines


def test_every_line_is_of_the_text_format() -> None:
    """Whatever a value says, quotes and line ends in it end neither the value nor the line."""
    measures = PrometheusMeasures()
    for metric in METRICS:
        measures.record(metric, 2, **dict.fromkeys(metric.dimensions, 'a "quoted"\nand \\ back'))
    text = measures.text()
    assert text.endswith("\n")
    assert [line for line in text.splitlines() if not _LINE.fullmatch(line)] == []
    names = re.findall(r"# TYPE ([a-z_]+) ", text)
    assert len(names) == len(set(names)) == len(METRICS)


def test_nothing_recorded_shows_nothing() -> None:
    """A series appears with its first value."""
    assert PrometheusMeasures().text() == ""

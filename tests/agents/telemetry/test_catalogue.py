"""The catalogue: names in one form, a total for every metric, nothing that grows with use."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from agents.telemetry import aws_metrics, metrics
from agents.telemetry.aws_metrics import AWS_METRICS
from agents.telemetry.measures import UNMEASURED, check
from agents.telemetry.metrics import METRICS, Metric

BOUNDED = {"action", "agent", "code", "job", "model", "persona", "tool"}
SUFFIX = {"milliseconds": "_ms", "usd": "_usd", "tokens": "_tokens"}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_says_what_it_is(metric: Metric) -> None:
    """Snake case with its unit at the end, a total, dimensions of a bounded number of values, and a sentence."""
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", metric.name)
    assert metric.name.endswith(SUFFIX.get(metric.unit, ""))
    assert () in metric.dimension_sets, "an alarm needs the total"
    assert len(set(metric.dimension_sets)) == len(metric.dimension_sets)
    assert set(metric.dimensions) <= BOUNDED
    assert len(metric.help) > 10


def test_the_catalogue_holds_every_metric_once() -> None:
    """A metric that is declared and not listed would be refused the first time it is emitted."""
    declared = [value for value in vars(metrics).values() if isinstance(value, Metric)]
    assert sorted(m.name for m in METRICS) == sorted(m.name for m in declared)
    assert len({metric.name for metric in METRICS}) == len(METRICS)


def test_what_the_catalogue_does_not_have_cannot_be_recorded() -> None:
    """Another metric, a missing dimension, one too many and a value that is none are defects."""
    stranger = Metric(name="turns", unit="count", kind="counter", dimension_sets=((),), help="another one")
    with pytest.raises(ValueError, match="not in the catalogue"):
        UNMEASURED.record(stranger)
    with pytest.raises(ValueError, match=r"recorded with \['agent', 'persona'\], not with \['agent'\]"):
        UNMEASURED.record(metrics.TURNS, agent="sql")
    with pytest.raises(ValueError, match="not with"):
        UNMEASURED.record(metrics.QUERIES, subject="wanda")
    for value in (-1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="is no value of"):
            check(metrics.QUERIES, value, {})


def test_awss_metrics_are_named_once_with_what_tells_them_apart() -> None:
    """Namespace, name and dimensions together are a series' name."""
    names = {(m.namespace, m.name, *m.dimensions, *m.fixed) for m in AWS_METRICS}
    assert len(names) == len(AWS_METRICS)
    for metric in AWS_METRICS:
        assert metric.namespace.startswith("AWS/")
        assert metric.dimensions
        assert not set(metric.dimensions) & set(metric.fixed)
        assert re.fullmatch(r"Sum|Maximum|Minimum|Average|p\d+", metric.statistic)
    groups = [group for group in vars(aws_metrics).values() if isinstance(group, dict) and group]
    listed = [metric for group in groups for metric in group.values() if isinstance(metric, aws_metrics.AwsMetric)]
    assert len(listed) == len(AWS_METRICS)


def test_the_catalogue_costs_nothing_to_import() -> None:
    """The Pulumi program builds alarms from it: it takes the standard library and nothing else."""
    program = (
        "import sys; import agents.telemetry.metrics, agents.telemetry.aws_metrics, agents.telemetry.measures;"
        "sys.exit(bool([n for n in sys.modules if n.split('.')[0] in {'pydantic', 'boto3', 'jwt', 'sqlglot'}]))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0

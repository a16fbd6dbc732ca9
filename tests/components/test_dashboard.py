"""Five dashboards: valid for CloudWatch, nothing over anything else, and nothing drawn that is not measured."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from agents.telemetry.aws_metrics import AWS_METRICS
from agents.telemetry.metrics import METRICS
from components import dashboard
from components.alarms.alarm import Watched, WatchedFunction
from components.api import stage
from components.dashboard.scene import Scene
from components.dashboard.widgets import body, text
from components.sections import Thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator

WATCHED = Watched(
    namespace="qm/pr-123",
    functions={
        "api": WatchedFunction(name="qm-api-dev", timeout_s=29, reserved=10, provisioned="live"),
        "gateway": WatchedFunction(name="qm-gateway-dev", timeout_s=26),
    },
    tables={"configuration": "qm-configuration-dev", "conversation": "qm-conversation-dev"},
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
ALARMS = tuple(f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:qm-{number}-dev" for number in range(30))
NAMES = {purpose: f"qm-{purpose}-dev-us-east-1" for purpose in dashboard.TITLES}
DASHBOARDS: Final = ("performance", "cost", "errors", "activity", "resources")
SEARCH = re.compile(
    r"""SEARCH\('\{"?(?P<schema>[^}]+)\} MetricName="(?P<name>\w+)"(?P<given>[^']*)', '(?P<stat>\w+)'\)"""
)
Key: TypeAlias = "tuple[str, str, frozenset[str]]"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Options(Strict):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""

    label: str
    id: str | None = Field(default=None, pattern=r"^[a-z][a-zA-Z0-9_]*$")
    visible: bool | None = None
    stat: str | None = Field(default=None, pattern=r"^(Sum|Maximum|Minimum|Average|SampleCount|p[0-9]{1,2})$")
    expression: str | None = Field(default=None, max_length=1024)


class Axis(Strict):
    label: str
    min: int
    showUnits: bool  # noqa: N815 - CloudWatch's word


class Graph(Strict):
    title: str
    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$")
    view: str = Field(pattern=r"^(timeSeries|singleValue)$")
    stacked: bool = False
    period: int = Field(ge=60, multiple_of=60)
    setPeriodToTimeRange: bool = False  # noqa: N815 - CloudWatch's word
    yAxis: dict[str, Axis] = {}  # noqa: N815 - the same
    annotations: dict[str, list[dict[str, str | float]]] = {}
    metrics: list[list[str | Options]] = Field(min_length=1, max_length=500)


class Log(Strict):
    title: str
    region: str
    view: str = Field(pattern=r"^(table|bar|pie|timeSeries)$")
    query: str = Field(pattern=r"^SOURCE '[^']+'\n\| ")


class States(Strict):
    title: str
    alarms: list[str] = Field(min_length=1, max_length=100)


class Text(Strict):
    markdown: str


PROPERTIES: Final[dict[str, type[Strict]]] = {"metric": Graph, "log": Log, "alarm": States, "text": Text}


class Widget(Strict):
    type: str
    x: int = Field(ge=0, le=23)
    y: int = Field(ge=0)
    width: int = Field(ge=1, le=24)
    height: int = Field(ge=1, le=1000)
    properties: dict[str, Any]


class Body(Strict):
    periodOverride: str = Field(pattern=r"^(auto|inherit)$")  # noqa: N815 - CloudWatch's word
    widgets: list[Widget] = Field(max_length=500)


def drawn(watched: Watched = WATCHED) -> dict[str, dict[str, Any]]:
    scene = Scene(region="us-east-1", watched=watched, thresholds=Thresholds(), alarms=ALARMS)
    plain: dict[str, dict[str, Any]] = json.loads(json.dumps(dashboard.plan(scene, NAMES)))
    return plain


def widgets(kind: str, watched: Watched = WATCHED) -> list[dict[str, Any]]:
    return [one["properties"] for each in drawn(watched).values() for one in each["widgets"] if one["type"] == kind]


def keys(graph: dict[str, Any]) -> Iterator[Key]:
    """The series of a graph, read back from its JSON: namespace, name, names of the dimensions."""
    for *words, options in graph["metrics"]:
        if words:
            namespace, name, *pairs = words
            yield namespace, name, frozenset(pairs[::2])
        elif "SEARCH" in options["expression"]:
            found = SEARCH.fullmatch(options["expression"])
            assert found, options["expression"]
            namespace, *dimensions = found["schema"].replace('"', "").split(",")
            yield namespace, found["name"], frozenset(dimensions)


@pytest.mark.must_have("monitoring", "Five dashboards: agent performance, cost, errors, user activity, resources")
def test_there_are_five() -> None:
    """Each has a title, a question that it answers, and links to the others."""
    assert tuple(drawn()) == DASHBOARDS
    for purpose, each in drawn().items():
        head = each["widgets"][0]["properties"]["markdown"]
        assert head.startswith(f"## {dashboard.TITLES[purpose][0]}\n")
        assert [other for other in DASHBOARDS if f"(#dashboards/dashboard/{NAMES[other]})" in head] == [
            other for other in DASHBOARDS if other != purpose
        ]


@pytest.mark.parametrize("watched", [WATCHED, BARE], ids=["all", "bare"])
def test_bodies_are_what_cloudwatch_takes(watched: Watched) -> None:
    """Types, places, views and options; an unknown property would be a typing error of ours."""
    for each in drawn(watched).values():
        for widget in TypeAdapter(Body).validate_python(each).widgets:
            PROPERTIES[widget.type].model_validate(widget.properties)


@pytest.mark.parametrize("watched", [WATCHED, BARE], ids=["all", "bare"])
def test_nothing_stands_over_anything_else(watched: Watched) -> None:
    """Widgets lie inside 24 columns and do not overlap."""
    for each in drawn(watched).values():
        for one in each["widgets"]:
            assert one["x"] + one["width"] <= 24
        for one, other in combinations(each["widgets"], 2):
            beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
            apart = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
            assert beside or apart


def test_a_row_that_is_too_wide_is_refused() -> None:
    """A planner's mistake does not become two widgets in one place."""
    with pytest.raises(ValueError, match="wider than 24 columns"):
        body([[text("a"), text("b")]], "us-east-1")


@pytest.mark.must_have("monitoring", "Every widget draws series of the catalogue, or those of AWS that it lists")
def test_every_widget_draws_what_is_measured() -> None:
    """Namespace, name and set of dimensions, of single series and of searches."""
    ours = {("qm/pr-123", one.name, frozenset(by)) for one in METRICS for by in one.dimension_sets}
    theirs = {(one.namespace, one.name, frozenset((*one.dimensions, *one.fixed))) for one in AWS_METRICS}
    found = {key for graph in widgets("metric") for key in keys(graph)}
    assert found <= ours | theirs


@pytest.mark.must_have("monitoring", "Every metric of the catalogue is drawn somewhere")
def test_every_metric_is_drawn() -> None:
    """Who adds a metric is reminded to show it."""
    found = {name for graph in widgets("metric") for _, name, _ in keys(graph)}
    assert {one.name for one in METRICS} <= found


def test_what_grows_is_searched() -> None:
    """Agents, tools and models come and go with documents, so no dashboard names one."""
    for graph in widgets("metric"):
        for *words, _ in graph["metrics"]:
            assert not {"agent", "tool", "model", "persona", "code", "job"} & set(words)


def test_a_search_finds_a_namespace_with_a_slash() -> None:
    """A name that is not only letters and digits stands in double quotes."""
    searches = [line[-1]["expression"] for one in widgets("metric") for line in one["metrics"] if len(line) == 1]
    ours = [one for one in searches if "qm/" in one]
    assert ours
    assert all("""SEARCH('{"qm/pr-123",""" in one for one in ours)


def test_expressions_use_lines_of_their_own_graph() -> None:
    """Ids are unique in a graph, and an expression names no other."""
    for graph in widgets("metric"):
        options = [line[-1] for line in graph["metrics"]]
        ids = [one["id"] for one in options if "id" in one]
        assert len(ids) == len(set(ids))
        for one in options:
            if "expression" in one and "SEARCH" not in one["expression"]:
                assert set(re.findall(r"\b[a-z]+\b", one["expression"])) <= set(ids)


def test_queries_read_fields_that_the_access_log_has() -> None:
    """A misspelt field would be an empty widget."""
    known = {*stage._ACCESS_LOG, "requests", "people", "timestamp", "asc", "desc", "as", "by", "bin", "d", "and"}
    words = {"filter", "stats", "count", "count_distinct", "sort", "fields", "limit", "ispresent"}
    found = widgets("log")
    assert {one["title"] for one in found} == {"People a day", "Requests by route", "Last requests that failed"}
    for one in found:
        source, _, commands = one["query"].partition("\n")
        assert source == "SOURCE '/aws/apigateway/qm-api-dev'"
        assert set(re.findall(r"[a-zA-Z_]+", commands)) <= known | words


def test_people_are_counted_and_never_shown() -> None:
    """Distinct subjects are a number; who they are is for the log's readers only."""
    for one in widgets("log"):
        assert re.findall(r"\bsubject\b", one["query"]) in ([], ["subject"], ["subject", "subject", "subject"])
        assert not re.search(r"fields.*subject|by.*subject", one["query"])


def test_what_a_stack_lacks_is_not_drawn() -> None:
    """Without an API there is no access log, no firewall and no widget about them."""
    assert widgets("log", BARE) == []
    assert not [one for one in widgets("metric", BARE) if "firewall" in one["title"]]


def test_alarms_that_tell_people_stand_first() -> None:
    """The state of every alarm is on the errors dashboard."""
    (states,) = widgets("alarm")
    assert states["alarms"] == list(ALARMS)

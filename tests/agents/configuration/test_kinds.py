"""One door for every kind of document, and kinds that users bring."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.configuration.deployed import Context
from agents.configuration.document_model import fields
from agents.configuration.kinds import KINDS, check_document, check_layer, kind_of, read_by, refusal
from agents.configuration.models import ModelCatalogue, parse_catalogue
from agents.configuration.problems import errors, invalid, warning, warnings
from agents.errors import InvalidError, Problem
from agents.supply_chain import document
from tests.agents.configuration.documents_world import CATALOGUE, GOOD, Doc, World

if TYPE_CHECKING:
    from agents.json_value import Json

WEATHER: Doc = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "stations": {"type": "array", "items": {"$ref": "#/$defs/station"}}},
    "required": ["city"],
    "$defs": {"station": {"type": "string", "pattern": "^[A-Z]{4}$"}},
}

NOTHING: dict[str, Doc] = {}


def test_the_catalogue_that_ships_is_valid_and_of_this_year() -> None:
    """On the day of its facts nothing is wrong, and nothing in it has ended."""
    content = document("catalogue", kind="models")
    catalogue = parse_catalogue(content)
    context = Context(agents={}, tools={}, documents=NOTHING.get, today=date.fromisoformat(catalogue.as_of))
    assert check_document("models/catalogue", content, context) == ()
    assert "offline" in catalogue.models


def test_a_catalogue_is_told_of_what_ended_and_of_its_age() -> None:
    old = {**CATALOGUE, "as_of": "2026-05-01"}
    assert World().places(old, "models/catalogue") == [("warning", "/as_of"), ("warning", "/models/ended")]


def threshold(metric: str, **more: object) -> Doc:
    return {"thresholds": {metric: {"statistic": "sum", **more}}}


@pytest.mark.parametrize(
    ("key", "content", "wrong"),
    [
        ("models/other", {}, [""]),
        ("models/catalogue", {"as_of": "2026-02-30", "models": {}}, ["/as_of"]),
        ("models/catalogue", {**CATALOGUE, "models": {"default": CATALOGUE["models"]["big"]}}, ["/models/default"]),
        ("routing/default", {"otherwise": "nobody"}, ["/otherwise"]),
        ("routing/default", {"otherwise": "stock"}, []),
        ("routing/default", {"intents": {"late": {"agent": "no"}}}, ["/intents/late/agent"]),
        ("metrics/thresholds", threshold("no", above=1.0), ["/thresholds/no"]),
        ("metrics/thresholds", threshold("turns", above=1.0, statistic="p99"), ["/thresholds/turns/statistic"]),
        ("metrics/thresholds", threshold("turns"), ["/thresholds/turns"]),
        ("metrics/thresholds", threshold("turn_latency_ms", above=1.0, statistic="p99"), []),
        ("access/policy", {}, [""]),
        ("key/machine", {}, [""]),
        ("weather/here", {}, [""]),
        ("schema/agent", {}, [""]),
        ("schema/template", {}, [""]),
    ],
    ids=str,
)
def test_each_kind_is_held_to_its_own(key: str, content: Doc, wrong: list[str]) -> None:
    assert [problem.pointer for problem in errors(World().check(content, key))] == wrong


def test_shared_documents_that_nothing_reads_yet_say_so() -> None:
    assert World().places({"otherwise": "stock"}, "routing/default") == [("warning", "/otherwise")]
    assert World().places(threshold("turns", above=1.0), "metrics/thresholds") == [("warning", "/thresholds")]


def test_whoever_reads_a_document_checks_it() -> None:
    """The access policy's check needs the data's catalogue, so it is handed in."""

    def refuse(content: object) -> None:
        problem = Problem(code="invalid", message="no", pointer="/personas")
        raise InvalidError("no", problems=(problem,))

    context = Context(agents={}, tools={}, documents=NOTHING.get, today=date.min, checks={"access/policy": refuse})
    assert [problem.pointer for problem in check_document("access/policy", {}, context)] == ["/personas"]


def test_a_kind_of_ones_own_is_what_its_schema_says() -> None:
    """Every problem at once, by place; the values stay out of it."""
    world = World(documents={"schema/weather": WEATHER})
    assert world.check(WEATHER, "schema/weather") == ()
    assert world.check({"city": "Bern", "stations": ["LSZB"]}, "weather/here") == ()
    found = world.check({"stations": ["hunter2", "LSZB", 3]}, "weather/here")
    assert sorted(problem.pointer for problem in found) == ["", "/stations/0", "/stations/2"]
    assert "hunter2" not in repr(found)


def test_a_kind_of_ones_own_holds_no_reference_and_no_url() -> None:
    world = World(documents={"schema/weather": {}})
    content = {"a": {"b": [{"$secret": "x"}]}, "c": "http://169.254.169.254/", "d": "{$env: X}"}
    assert world.places(content, "weather/here") == [("invalid", "/a/b/0"), ("invalid", "/c"), ("invalid", "/d")]


def test_schemas_and_keys_have_one_layer() -> None:
    assert check_layer("schema/weather", "base") == ()
    assert [problem.fix for problem in check_layer("schema/weather", "env:dev")] == ["Publish it to base."]
    assert check_layer("agent/sql", "env:dev") == ()


def test_a_change_says_whose_documents_it_can_break() -> None:
    """The publisher checks those again."""
    assert read_by("models/catalogue") == read_by("agent/defaults") == read_by("access/policy") == {"agent"}
    assert read_by("schema/weather") == {"weather"}
    assert read_by("agent/sql") == read_by("weather/here") == frozenset()


def test_a_kind_says_what_a_change_takes() -> None:
    assert kind_of("agent/sql").reload_class(["/model"]) == "drain"
    assert kind_of("metrics/thresholds").reload_class(["/thresholds/turns/above"]) == "redeploy"
    assert kind_of("models/catalogue").reload_class(["/models/big/id"]) == "drain"
    assert kind_of("models/catalogue").reload_class(["/models/big/eol"]) == "hot"
    assert kind_of("weather/here").reload_class(["/x"]) == "hot"
    assert KINDS["models"].model is ModelCatalogue


def test_a_warning_keeps_nothing_from_being_published() -> None:
    both = (warning("look", pointer="/a"), invalid("no", pointer="/b", fix="Do."))
    assert refusal("agent/x", both[:1]) is None
    refused = refusal("agent/x", both)
    assert (refused.message, refused.fix, refused.problems) == ("agent/x is not valid: /b: no", "Do.", both[1:])
    assert (errors(both), warnings(both)) == (both[1:], both[:1])


_TEXT = st.sampled_from(["", "x", "tools", "$ref", "{$env: X}", "http://x", "2026-01-01", "1.50", "warehouse_manager"])
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT | st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
_NAMES = sorted({name for kind in KINDS.values() if kind.model for name, _ in fields(kind.model)})


@given(
    st.sampled_from(["agent/carriers", "agent/defaults", "models/catalogue", "routing/default", "metrics/thresholds"]),
    st.dictionaries(st.sampled_from(_NAMES) | _TEXT, _VALUES, max_size=5),
    st.booleans(),
)
def test_content_of_any_shape_is_answered_with_problems(key: str, content: Doc, whole: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever is sent, nothing is raised, and each problem says where it is and what to do."""
    for problem in World(documents={"models/catalogue": content}).check({**GOOD, **content} if whole else content, key):
        assert problem.message
        assert problem.fix
        assert not problem.pointer or problem.pointer[0] == "/"


def test_a_document_of_any_depth_is_answered() -> None:
    deep: Json = "{$env: X}"
    for _ in range(900):
        deep = {"a": deep}
    for key in ("agent/carriers", "models/catalogue", "weather/here", "schema/weather"):
        assert World(documents={"schema/weather": {}}).check({**GOOD, "parameters": deep, "models": deep}, key)

"""Layers of settings: merging has laws, and every value has one origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from components.origins import Layer, leaves, merged, origins, paths, whole
from components.sections import SECTIONS
from components.settings import layers_of, load

if TYPE_CHECKING:
    from collections.abc import Mapping

values = st.integers() | st.text(max_size=3) | st.booleans() | st.lists(st.integers(), max_size=2)
keys = st.sampled_from(("a", "b", "c", "d.e"))
inner = st.dictionaries(keys, values, max_size=3)
trees = st.dictionaries(keys, values | inner | st.dictionaries(keys, inner, max_size=2), max_size=3)
# Trees of one shape, as layers of settings are: what is a map in one is a map in all.
shaped = st.fixed_dictionaries({}, optional={"a": inner, "b": values, "c": inner})


@given(trees)
def test_nothing_over_a_tree_is_the_tree(tree: dict[str, object]) -> None:
    """The empty map is the identity on both sides."""
    assert merged(tree, {}) == tree == merged({}, tree)


@given(trees)
def test_a_tree_over_itself_is_itself(tree: dict[str, object]) -> None:
    """Saying a thing twice says it once."""
    assert merged(tree, tree) == tree


@given(shaped, shaped, shaped)
def test_merging_is_associative(one: dict[str, object], two: dict[str, object], three: dict[str, object]) -> None:
    """It does not matter which two of three layers are merged first."""
    assert merged(merged(one, two), three) == merged(one, merged(two, three))


@given(shaped, shaped)
def test_the_higher_layer_wins_and_the_rest_shows_through(low: dict[str, object], high: dict[str, object]) -> None:
    """Each leaf of the result is the higher layer's where that has one, else the lower's."""
    above, below = dict(paths(high)), dict(paths(low))
    for path, value in paths(merged(low, high)):
        assert value == above.get(path, below.get(path)) or value == {}


@given(st.lists(shaped, min_size=1, max_size=4))
def test_every_leaf_has_one_origin(said: list[dict[str, object]]) -> None:
    """The layer that is named says the value, no layer above it does, and those below are listed highest first."""
    layers = [Layer(name=str(number), source="", tree=tree) for number, tree in enumerate(said)]
    found = origins(layers)
    assert {path: origin.value for path, origin in found.items()} == dict(paths(whole(layers)))
    for origin in found.values():
        numbers = [int(origin.layer.name), *(int(layer.name) for layer, _ in origin.below)]
        assert numbers == sorted(numbers, reverse=True)


def test_a_key_with_a_dot_is_one_step() -> None:
    """A tag may be called `team.name`; it is not the key `name` of `team`."""
    tree: Mapping[str, object] = {"custom": {"team.name": "a", "team": "b"}}
    assert dict(paths(tree)) == {("custom", "team.name"): "a", ("custom", "team"): "b"}
    assert [key for key, _ in leaves(tree)] == ["custom.team.name", "custom.team"]


def test_what_is_told_of_settings_is_what_the_program_has() -> None:
    """The layers that origins are read from make the very settings that load gives, for each key of each section."""
    file = {
        "quartermaster:environment": {"region": "us-east-1"},
        "quartermaster:project": {"owner": "o", "cost_center": "c"},
        "quartermaster:runtime": {"model": "offline", "endpoint": "http://localhost"},
        "quartermaster:resources": {"logs": {"retention_days": 3}},
    }
    file["quartermaster:environment"]["account"] = "000000000000"
    arguments = ("local", file, "Pulumi.local.yaml")
    settings = load(*arguments, endpoint="http://127.0.0.1:1")
    told = {
        path: origin.value for path, origin in origins(layers_of(*arguments, endpoint="http://127.0.0.1:1")).items()
    }
    has = {name: getattr(settings, name).model_dump(by_alias=True) for name in SECTIONS}
    assert told == dict(paths(has))
    names = {path: origin.layer.name for path, origin in origins(layers_of(*arguments, endpoint="http://a")).items()}
    assert names["runtime", "endpoint"] == "environment"
    assert names["resources", "logs", "retention_days"] == "stack file"
    assert names["features", "backup"] == "sizing"
    assert names["environment", "name"] == "default"

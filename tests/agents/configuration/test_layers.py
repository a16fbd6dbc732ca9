"""From layers to what an agent runs."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.configuration.documents import Version, digest
from agents.configuration.layers import addresses, effective, merge
from agents.errors import NotFoundError

if TYPE_CHECKING:
    from agents.configuration.documents import Content

# Few names, so that two contents often have some in common.
LEAVES = st.integers(0, 3) | st.none() | st.lists(st.integers(0, 3), max_size=2)
CONTENT = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(LEAVES, lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=8),
    max_size=3,
)


def version(content: Content, *, layer: str = "base", number: int = 1, key: str = "agent/a") -> Version:
    return Version(
        key=key, layer=layer, number=number, digest=digest(content), parent="", author="", message="",
        created_at=datetime(2026, 6, 30, tzinfo=UTC), content=content,
    )  # fmt: skip


@given(CONTENT, CONTENT, CONTENT)
def test_the_grouping_of_layers_does_not_count_for_maps(low: Content, middle: Content, high: Content) -> None:
    """Merging is associative, except where a leaf in the middle hides a map below from a map above."""

    def hidden(below: Content, between: Content, above: Content) -> bool:
        return any(
            isinstance(below[name], dict)
            and isinstance(above[name], dict)
            and (not isinstance(between[name], dict) or hidden(below[name], between[name], above[name]))  # type: ignore[arg-type]  # maps
            for name in below.keys() & between.keys() & above.keys()
        )

    if not hidden(low, middle, high):
        assert merge(merge(low, middle), high) == merge(low, merge(middle, high))


@given(CONTENT)
def test_a_layer_over_itself_changes_nothing(content: Content) -> None:
    """Merging is idempotent, and the empty map is neutral on both sides."""
    assert merge(content, content) == merge(content, {}) == merge({}, content) == content


@given(CONTENT, CONTENT)
def test_merging_leaves_its_inputs_as_they_are(low: Content, high: Content) -> None:
    """Versions are immutable: what is merged from them does not change them."""
    before = copy.deepcopy((low, high))
    merge(low, high)
    assert (low, high) == before


@given(CONTENT, CONTENT)
def test_the_upper_layer_wins(low: Content, high: Content) -> None:
    """Every leaf of the upper layer is in the result; a leaf of the lower one is unless the upper says otherwise."""
    merged = merge(low, high)
    assert merged.keys() == low.keys() | high.keys()
    for name, value in merged.items():
        if name not in high:
            assert value == low[name]
        elif isinstance(high[name], dict) and isinstance(low.get(name), dict):
            assert value == merge(low[name], high[name])  # type: ignore[arg-type]  # maps
        else:
            assert value == high[name]


def test_lists_are_replaced_whole() -> None:
    """An upper list does not add to the lower one; an empty one empties it."""
    assert merge({"tools": ["a", "b"], "m": {"x": [1]}}, {"tools": ["c"], "m": {"x": []}}) == {
        "tools": ["c"],
        "m": {"x": []},
    }


def test_an_agents_layers_are_merged_in_one_order() -> None:
    """The defaults come first, then the agent's own; of each the base, then the environment."""
    assert addresses("inventory", "dev") == (
        ("agent/defaults", "base"),
        ("agent/defaults", "env:dev"),
        ("agent/inventory", "base"),
        ("agent/inventory", "env:dev"),
    )


@given(st.lists(st.none() | CONTENT, min_size=1, max_size=4))
def test_the_last_layer_that_names_a_leaf_decides(contents: list[Content | None]) -> None:
    """What runs is the fold of the layers that exist, named by its digest and by each layer's version."""
    layers = [
        version(content, layer=f"env:e{n}", number=n + 1) if content is not None else None
        for n, content in enumerate(contents)
    ]
    present = [layer for layer in layers if layer is not None]
    if not present:
        with pytest.raises(NotFoundError):
            effective("agent/a", layers)
        return
    merged: Content = {}
    for layer in present:
        merged = merge(merged, layer.content)
    found = effective("agent/a", layers)
    assert (found.content, found.digest) == (merged, digest(merged))
    assert found.versions == {f"agent/a@{layer.layer}": layer.number for layer in present}
    for name, value in present[-1].content.items():
        if not isinstance(value, dict):
            assert found.content[name] == value

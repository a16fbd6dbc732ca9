"""Marks: how a layer says more than a value."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.configuration.documents import canonical
from agents.configuration.formats import parse
from agents.configuration.layers import addresses, merge
from agents.configuration.marks import MARKS
from agents.errors import InvalidError

if TYPE_CHECKING:
    from agents.configuration.documents import Content
    from agents.json_value import Json

DOCS = Path(__file__).parents[3] / "docs" / "layers.md"
ITEMS = st.lists(st.integers(0, 3), max_size=4)
PLAIN = st.dictionaries(st.sampled_from("abc"), st.integers(0, 3) | ITEMS, max_size=3)
LISTS = st.fixed_dictionaries({"l": ITEMS, "m": st.fixed_dictionaries({"l": ITEMS})})
MARK = (
    st.builds(lambda a, p, r: {"$append": a, "$prepend": p, "$remove": r}, ITEMS, ITEMS, ITEMS)
    | st.builds(lambda items: {"$replace": items}, ITEMS)
)  # fmt: skip
MARKED = st.builds(lambda one, other: {"l": one, "m": {"l": other}}, MARK, MARK)


def problems(lower: Content, upper: Content) -> dict[str, str]:
    with pytest.raises(InvalidError) as raised:
        merge(lower, upper, where="agent/a@env:dev")
    assert {problem.where for problem in raised.value.problems} == {"agent/a@env:dev"}
    assert all(problem.fix for problem in raised.value.problems)
    return {problem.pointer: problem.message for problem in raised.value.problems}


def test_the_example_of_the_page_is_what_merging_gives() -> None:
    """docs/layers.md shows two layers and what they make."""
    lower, upper, made = (
        parse(block.encode(), "yaml").content for block in re.findall(r"```yaml\n(.*?)```", DOCS.read_text(), re.DOTALL)
    )
    assert merge(lower, upper) == made


def test_the_page_names_every_mark() -> None:
    """A mark that nobody can read about is none."""
    assert set(re.findall(r"^\| `(\$\w+)", DOCS.read_text(), re.MULTILINE)) == MARKS


@pytest.mark.parametrize(
    ("below", "marks", "made"),
    [
        ([1, 2], {"$append": [2, 3]}, [1, 2, 2, 3]),
        ([1, 2], {"$prepend": [0]}, [0, 1, 2]),
        ([1, 2, 1], {"$remove": [1, 9]}, [2]),
        ([1, 2], {"$remove": [1], "$append": [1], "$prepend": [3]}, [3, 2, 1]),
        ([1, 1.0, True, "1"], {"$remove": [1]}, [1.0, True, "1"]),
        ([{"a": 1}, {"a": True}], {"$remove": [{"a": True}]}, [{"a": 1}]),
        ({"b": 1}, {"$replace": {"c": 2}}, {"c": 2}),
        ([1], {"$replace": None}, None),
        ([{"id": "a", "n": 1}], {"$key": "id", "$append": [{"id": "a", "n": 2}]}, [{"id": "a", "n": 2}]),
        ([{"id": "a", "m": {"x": 1}}], {"$key": "id", "$prepend": [{"id": "b"}, {"id": "a", "m": {"y": 2}}]},
         [{"id": "b"}, {"id": "a", "m": {"x": 1, "y": 2}}]),
        ([{"id": 1}, {"id": True}, {"id": 2}], {"$key": "id", "$remove": [1]}, [{"id": True}, {"id": 2}]),
        ([{"id": "a", "l": [1]}], {"$key": "id", "$append": [{"id": "a", "l": {"$append": [2]}}]},
         [{"id": "a", "l": [1, 2]}]),
    ],
)  # fmt: skip
def test_a_mark_changes_what_is_below(below: Json, marks: Content, made: Json) -> None:
    """Equal is equal in JSON: 1, 1.0 and true are three values."""
    assert canonical(merge({"v": below, "o": 1}, {"v": marks})) == canonical({"v": made, "o": 1})


def test_a_name_can_be_taken_away() -> None:
    """Whatever it holds, and also when it is not there."""
    assert merge({"a": {"b": 1, "c": 2}}, {"a": {"b": {"$remove": True}, "d": {"$remove": True}}}) == {"a": {"c": 2}}


def test_a_whole_layer_can_replace_those_below() -> None:
    """A mark at the top of a document is one like any other."""
    assert merge({"a": 1}, {"$replace": {"b": 2}}) == {"b": 2}


def test_a_reference_is_one_value() -> None:
    """It neither merges into a map below nor lets a map above merge into it."""
    secret: Json = {"$secret": "db"}
    variable: Json = {"$env": "DB"}
    pairs: list[tuple[Json, Json]] = [(secret, variable), ({"a": 1}, secret), (secret, {"a": 1})]
    for below, above in pairs:
        assert merge({"v": below}, {"v": above}) == {"v": above}


@pytest.mark.parametrize(
    ("lower", "upper", "found"),
    [
        ({}, {"tools": {"$append": [1]}}, {"/tools": "$append has nothing below it"}),
        ({}, {"a": {"b": {"$remove": [1]}}}, {"/a/b": "$remove has nothing below it"}),
        ({}, {"a": [1, {"b": {"$key": "x"}}]}, {"/a/1/b": "$key has nothing below it"}),
        ({"a": 1}, {"a": {"b": {"$append": []}}}, {"/a/b": "$append has nothing below it"}),
        ({"a": {"b": 1}}, {"a": {"$append": [1]}}, {"/a": "$append is for a list, and below is none"}),
        ({"a": [1]}, {"a": {"$append": 1}}, {"/a/$append": "is not a list"}),
        ({"a": [1]}, {"a": {"$append": [1], "b/c": 2}}, {"/a/b~1c": "stands beside the mark $append"}),
        ({"a": [1]}, {"a": {"$append": [1], "$replace": []}}, {"/a": "$replace stands beside other marks"}),
        ({"a": [1]}, {"a": {"$append": [1], "$remove": True}}, {"/a": "$remove: true stands beside other marks"}),
        ({"a": [1]}, {"a": {"$apend": [1]}}, {"/a/$apend": "there is no mark $apend"}),
        ({}, {"a": {"$merge": 1}}, {"/a/$merge": "there is no mark $merge"}),
        ({"a": [1]}, {"a": {"$append": [{"$append": [1]}]}}, {"/a/$append/0": "$append has nothing below it"}),
        ({"a": 1}, {"a": {"$replace": {"b": {"$append": []}}}}, {"/a/$replace/b": "$append has nothing below it"}),
        ({"a": [{"i": 1}]}, {"a": {"$key": "i"}}, {"/a/$key": "does not say what to do with which field"}),
        ({"a": [{"i": 1}]}, {"a": {"$key": "j", "$remove": [1]}}, {"/a/$key": "not every item below has a 'j'"}),
        ({"a": [{"i": 1}]}, {"a": {"$key": "i", "$append": [{"j": 1}]}}, {"/a/$append/0": "has no 'i'"}),
        ({"a": [{"i": 1}]}, {"a": {"$key": "i", "$append": [{"i": 1, "$append": [1]}]}},
         {"/a/$append/0/i": "stands beside the mark $append"}),
        ({}, {"$append": [1]}, {"": "$append is for a list, and below is none"}),
        ({}, {"$replace": [1]}, {"": "$replace is not a map here"}),
        ({}, {"a": {"$append": []}, "b": {"$no": 1}},
         {"/a": "$append has nothing below it", "/b/$no": "there is no mark $no"}),
    ],
)  # fmt: skip
def test_misuse_is_told_with_its_pointer(lower: Content, upper: Content, found: dict[str, str]) -> None:
    """All of it at once, with the layer and a fix."""
    assert problems(lower, upper) == found


def test_the_words_of_references_and_schemas_are_content() -> None:
    """A document may hold a JSON Schema."""
    content: Content = {"$schema": "x", "$defs": {"a": {"$ref": "#/b"}}, "password": {"$secret": "p"}}
    assert merge({}, content) == content


@given(LISTS, MARKED)
def test_merging_marks_leaves_inputs_as_they_are(low: Content, high: Content) -> None:
    """Versions are immutable, and what was merged has no marks."""
    before = copy.deepcopy((low, high))
    made = merge(low, high)
    assert (low, high) == before
    assert "$" not in str(made)
    assert merge(made, {}) == merge({}, made) == made


@given(LISTS, MARKED)
def test_what_only_removes_or_replaces_may_be_merged_twice(low: Content, high: Content) -> None:
    """A layer over itself changes nothing when it neither appends nor prepends."""
    quiet: Content = {
        "l": {word: items for word, items in high["l"].items() if word in {"$remove", "$replace"}},
        "m": {"l": {word: items for word, items in high["m"]["l"].items() if word in {"$remove", "$replace"}}},
    }
    once = merge(low, quiet)
    assert merge(once, quiet) == once


@given(st.lists(st.integers(0, 5), max_size=5, unique=True), st.lists(st.integers(0, 5), max_size=5, unique=True))
def test_what_merges_by_a_key_may_be_merged_twice(low: list[int], high: list[int]) -> None:
    """With `$key`, what is there already is not there twice."""
    upper: Content = {"l": {"$key": "id", "$append": [{"id": number, "new": True} for number in high]}}
    once = merge({"l": [{"id": number} for number in low]}, upper)
    assert merge(once, upper) == once
    assert [item["id"] for item in once["l"]] == [*low, *(number for number in high if number not in low)]


def test_a_document_that_nests_too_deep_is_refused() -> None:
    """The error is one to mend, not the interpreter's."""
    deep: Content = {}
    for _ in range(5000):
        deep = {"a": deep}
    with pytest.raises(InvalidError, match="too deep"):
        merge({}, deep)


def test_an_instances_layer_comes_last() -> None:
    """What one instance is told counts over all else."""
    assert addresses("inventory", "dev", "i-1") == (
        *addresses("inventory", "dev"),
        ("agent/inventory", "instance:i-1"),
    )

"""JSON Patch and merge patch, as their RFCs have them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from agents.configuration.patch import MAX_OPERATIONS, apply_patch, merge_patch
from agents.errors import ConflictError, InvalidError

if TYPE_CHECKING:
    from agents.json_value import Json


def op(name: str, path: str, value: Json = ..., **more: Json) -> Json:  # type: ignore[assignment]  # ... is no value
    return {"op": name, "path": path, **more} | ({} if value is ... else {"value": value})


@pytest.mark.parametrize(
    ("content", "operation", "made"),
    [
        ({"a": 1}, op("add", "/b", 2), {"a": 1, "b": 2}),
        ({"a": 1}, op("add", "/a", None), {"a": None}),
        ({"a": [1, 3]}, op("add", "/a/1", 2), {"a": [1, 2, 3]}),
        ({"a": [1]}, op("add", "/a/1", 2), {"a": [1, 2]}),
        ({"a": [1]}, op("add", "/a/-", [2]), {"a": [1, [2]]}),
        ({"a": {}}, op("add", "/a/0", 1), {"a": {"0": 1}}),
        ({"a": {}}, op("add", "/a/", 1), {"a": {"": 1}}),
        ({"a": {}}, op("add", "/a/-", 1), {"a": {"-": 1}}),
        ({"a": 1}, op("add", "", {"b": 2}), {"b": 2}),
        ({"a": 1, "b": 2}, op("remove", "/a"), {"b": 2}),
        ({"a": [1, 2, 3]}, op("remove", "/a/1"), {"a": [1, 3]}),
        ({"a": 1}, op("replace", "/a", [2]), {"a": [2]}),
        ({"a": [1]}, op("replace", "/a/0", 2), {"a": [2]}),
        ({"a": 1}, op("replace", "", []), []),
        ({"a": 1}, {"op": "move", "from": "/a", "path": "/b"}, {"b": 1}),
        ({"a": {"b": 1}}, {"op": "move", "from": "/a/b", "path": "/a"}, {"a": 1}),
        ({"a": [1, 2, 3]}, {"op": "move", "from": "/a/0", "path": "/a/2"}, {"a": [2, 3, 1]}),
        ({"a": 1}, {"op": "move", "from": "/a", "path": "/a"}, {"a": 1}),
        ({"a": {"b": 1}}, {"op": "copy", "from": "/a", "path": "/c"}, {"a": {"b": 1}, "c": {"b": 1}}),
        ({"a": {"b": 1}}, {"op": "copy", "from": "/a", "path": "/a/b"}, {"a": {"b": {"b": 1}}}),
        ({"a": 1}, op("test", "/a", 1.0), {"a": 1}),
        ({"a": {"x": [1, "2"], "y": None}}, op("test", "/a", {"y": None, "x": [1, "2"]}),
         {"a": {"x": [1, "2"], "y": None}}),
        ({"~": {"/": 1}}, op("remove", "/~0/~1"), {"~": {}}),
        ({"~1": 1}, op("remove", "/~01"), {}),
        ({"a": 1}, op("test", "/a", 1, comment="more members are nobody's business"), {"a": 1}),
    ],
)  # fmt: skip
def test_an_operation(content: Json, operation: Json, made: Json) -> None:
    """Each does what RFC 6902 says, and leaves the content it is given as it is."""
    before = copy.deepcopy(content)
    assert apply_patch(content, [operation]) == made
    assert content == before


@pytest.mark.parametrize(
    "operation",
    [
        op("add", "/b/c", 1), op("add", "/l/3", 1), op("add", "/l/-1", 1), op("add", "/l/01", 1),
        op("add", "/l/1e0", 1),
        op("add", "/l/x", 1), op("add", "/a/b", 1), op("add", "/c"), op("remove", "/c"), op("remove", "/l/2"),
        op("remove", "/l/-"), op("remove", ""), op("remove", "/l/00"), op("replace", "/c", 1), op("replace", "/l/-", 1),
        op("replace", "/a"), op("test", "/a"), op("test", "/c", None), op("test", "/l/01", 2),
        op("test", "/l/\u0661", 2),
        op("move", "/c"), op("copy", "/c"), {"op": "move", "from": "/m", "path": "/m/n"},
        {"op": "copy", "from": "/c", "path": "/d"}, {"op": "move", "from": "/c", "path": "/c"}, op("merge", "/a", 1),
        {"path": "/a", "value": 1}, {"op": ["add"], "path": "/a", "value": 1}, {"op": "add", "value": 1},
        {"op": "add", "path": 1, "value": 1}, {"op": "move", "from": 1, "path": "/a"}, op("add", "a", 1),
        op("add", "/~2", 1), op("add", "/~", 1), "add", None, [],
    ],
)  # fmt: skip
def test_what_is_no_operation_or_names_no_place_is_refused(operation: Json) -> None:
    """With its number in the patch; nothing of the patch counts."""
    content: Json = {"a": 1, "l": [1, 2], "m": {"n": 1}}
    before = copy.deepcopy(content)
    with pytest.raises(InvalidError) as raised:
        apply_patch(content, [op("add", "/z", 1), op("remove", "/l/0"), op("add", "/l/0", 1), operation])
    assert [problem.pointer for problem in raised.value.problems] == ["/3"]
    assert content == before


@pytest.mark.parametrize(("value", "other"), [(1, True), (0, False), ("1", 1), (None, False), ([1], [1, 2]), ({}, [])])
def test_a_test_that_fails_is_a_conflict(value: Json, other: Json) -> None:
    """The document is not what the patch was made for; true is not 1."""
    with pytest.raises(ConflictError, match="operation 0"):
        apply_patch({"a": value}, [op("test", "/a", other)])


def test_what_is_added_is_not_shared() -> None:
    """A later operation changes one place, neither its copy nor the patch."""
    patch: Json = [op("add", "/a", {"x": 1}), {"op": "copy", "from": "/a", "path": "/b"}, op("replace", "/a/x", 2)]
    before = copy.deepcopy(patch)
    assert apply_patch({}, patch) == {"a": {"x": 2}, "b": {"x": 1}}
    assert patch == before


def test_a_patch_that_doubles_a_document_is_refused() -> None:
    """Forty copies of the whole into itself would have a million million values."""
    patch: Json = [{"op": "copy", "from": "", "path": f"/c{number}"} for number in range(40)]
    with pytest.raises(InvalidError, match="20,000"):
        apply_patch({"a": 1}, patch)


def test_a_patch_that_deepens_a_document_is_refused() -> None:
    """The result is held to what every document is held to."""
    patch: Json = [op("add", "/a" * depth, {}) for depth in range(1, 100)]
    with pytest.raises(InvalidError, match="nests"):
        apply_patch({}, patch)


def test_a_patch_is_a_list_of_bounded_length() -> None:
    """More operations than anybody writes are refused at once."""
    assert apply_patch({"a": 1}, []) == {"a": 1}
    patches: list[Json] = [{"op": "add"}, "add", [None] * (MAX_OPERATIONS + 1)]
    for patch in patches:
        with pytest.raises(InvalidError):
            apply_patch({}, patch)


# The table of RFC 7396, appendix A.
@pytest.mark.parametrize(
    ("content", "patch", "made"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch(content: Json, patch: Json, made: Json) -> None:
    """Null removes, maps merge, all else replaces; the content stays as it is."""
    before = copy.deepcopy((content, patch))
    assert merge_patch(content, patch) == made
    assert (content, patch) == before

"""What changed between two contents."""

from __future__ import annotations

import time
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.configuration.diff import Edit, apply_patch, as_patch, diff
from agents.configuration.diff_text import as_text, masked, masked_edits, side_by_side, unified
from agents.configuration.documents import canonical
from agents.configuration.json_pointer import at

if TYPE_CHECKING:
    from agents.json_value import Json

# Few values, of which some are equal to Python and not to JSON.
LEAVES = st.sampled_from([0, 1, 1.0, True, False, None, "a", "1"])
NAMES = st.sampled_from(["a", "b", "/", "~", "", "0"])
VALUES = st.recursive(
    LEAVES | st.just({"$secret": "x"}),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
CONTENTS = st.dictionaries(NAMES, VALUES, max_size=3)


@given(VALUES, VALUES)
def test_the_patch_of_a_diff_leads_from_old_to_new(old: Json, new: Json) -> None:
    """To the very digest, for any two contents."""
    assert canonical({"": apply_patch(old, as_patch(diff(old, new)))}) == canonical({"": new})


@given(VALUES, VALUES)
def test_a_diff_is_empty_when_the_digest_is_the_same(old: Json, new: Json) -> None:
    """And only then; 1, 1.0 and true are three values."""
    assert diff(old, old) == ()
    assert (diff(old, new) == ()) == (canonical({"": old}) == canonical({"": new}))


@given(VALUES, VALUES)
def test_an_edit_says_what_was_there(old: Json, new: Json) -> None:
    """Each edit's old value is what stands at its path when its turn comes."""
    content = old
    for edit in diff(old, new):
        if edit.op != "add":
            assert canonical({"": at(content, edit.path)}) == canonical({"": edit.old})
        content = apply_patch(content, as_patch([edit]))


@given(st.lists(LEAVES, max_size=8), LEAVES, st.integers(0, 8))
def test_an_item_that_enters_or_leaves_a_list_is_one_edit(items: list[Json], item: Json, place: int) -> None:
    """Wherever it does."""
    longer = [*items[:place], item, *items[place:]]
    assert [edit.op for edit in diff(items, longer)] == ["add"]
    assert [edit.op for edit in diff(longer, items)] == ["remove"]


@pytest.mark.parametrize(
    ("old", "new", "edits"),
    [
        ({"l": [1, 2, 3]}, {"l": [0, 1, 2, 3]}, (Edit("add", "/l/0", None, 0),)),
        ({"l": [1, 2, 3]}, {"l": [1, 3]}, (Edit("remove", "/l/1", 2, None),)),
        ({"l": [{"id": 1, "n": 1}, {"id": 2}]}, {"l": [{"id": 1, "n": 2}, {"id": 2}]},
         (Edit("replace", "/l/0/n", 1, 2),)),
        ({"a/b": {"~": 1}}, {"a/b": {"~": 2}}, (Edit("replace", "/a~1b/~0", 1, 2),)),
        ({"a": {"b": 1}}, {"a": [1]}, (Edit("replace", "/a", {"b": 1}, [1]),)),
        ({"s": {"$secret": "x"}}, {"s": {"$secret": "y"}},
         (Edit("replace", "/s", {"$secret": "x"}, {"$secret": "y"}),)),
        ({"a": 1, "b": 1}, {"b": 1, "c": 1}, (Edit("remove", "/a", 1, None), Edit("add", "/c", None, 1))),
    ],
)  # fmt: skip
def test_edits_are_the_ones_that_people_would_write(old: Json, new: Json, edits: tuple[Edit, ...]) -> None:
    """The deepest value that changed; a reference is one value."""
    assert diff(old, new) == edits


def test_lists_that_have_little_in_common_take_no_longer() -> None:
    """The table of a comparison is bounded: 20,000 items against as many others are told within the limit of R8."""
    old: Json = {"l": list(range(10_000))}
    new: Json = {"l": list(range(9_999, -1, -1))}
    started = time.process_time()
    edits = diff(old, new)
    assert time.process_time() - started < 1
    assert len(edits) >= 9_998


OLD: dict[str, Json] = {
    "title": "Lager 倉庫",
    "limits": {"turns": 4},
    "tools": ["a", "b", "c"],
    "key": "s3cret",
    "n": 1,
}
NEW: dict[str, Json] = {"title": "Lager 倉庫", "limits": {"turns": 6}, "tools": ["x", "a", "c"], "key": "other", "n": 1}


def is_key(pointer: str) -> bool:
    return pointer in {"/key", "/hooks/0/token"}


def test_a_diff_as_text() -> None:
    """A line for each edit, secrets as stars."""
    assert as_text(diff(OLD, NEW), secret=is_key) == (
        '~ /limits/turns: 4 -> 6\n+ /tools/0: "x"\n- /tools/2: "b"\n~ /key: *** -> ***\n'
    )


def test_a_unified_diff() -> None:
    """Of the YAML of both; a secret that changed is told to have."""
    assert unified(OLD, NEW, names=("v1", "v2"), secret=is_key) == (
        "--- v1\n+++ v2\n@@ -1,9 +1,9 @@\n title: Lager 倉庫\n limits:\n-  turns: 4\n+  turns: 6\n tools:\n+- x\n - a\n"
        "-- b\n - c\n-key: '***'\n+key: '*** (changed)'\n n: 1\n"
    )
    assert not unified(OLD, OLD)


def test_a_unified_diff_shows_what_is_near() -> None:
    """Three lines around each change, with the lines' numbers."""
    old: dict[str, Json] = {f"n{number}": number for number in range(20)}
    lines = unified(old, old | {"n2": "x", "n15": "y"}).splitlines()
    assert [line for line in lines if line.startswith("@@")] == ["@@ -1,6 +1,6 @@", "@@ -13,7 +13,7 @@"]


@given(CONTENTS, CONTENTS, st.integers(20, 120))
def test_side_by_side_fits_the_width(old: dict[str, Json], new: dict[str, Json], width: int) -> None:
    """No line is wider, wide characters counted as two columns."""
    for line in side_by_side(old | OLD, new | NEW, width=width).splitlines():
        assert sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line) <= width


def test_side_by_side_marks_what_changed() -> None:
    """What came in the place of something stands beside it."""
    assert side_by_side({"a": 1, "b": 2}, {"a": 3, "b": 2, "c": 4}, width=23) == (
        "a: 1       ~ a: 3\nb: 2         b: 2\n           + c: 4\n"
    )


def test_secrets_are_in_no_form() -> None:
    """Neither the field's own value, nor one inside it or around it; a reference is shown."""
    old: dict[str, Json] = {
        "key": {"a": "s3cret"},
        "hooks": [{"token": "s3cret", "url": "u"}],
        "r": {"$secret": "name"},
    }
    new: dict[str, Json] = {"key": {"a": "0ther"}, "hooks": "none", "r": {"$secret": "name2"}}
    for one, other in ((old, new), (new, old), ({}, old), (old, {}), ({}, new)):
        edits = masked_edits(diff(one, other), is_key)
        shown = (
            as_text(diff(one, other), secret=is_key) + unified(one, other, secret=is_key)
            + side_by_side(one, other, width=200, secret=is_key) + str(edits) + str(masked(one, is_key))
        )  # fmt: skip
        assert "s3cret" not in shown
        assert "0ther" not in shown
        assert "'$secret': 'name" in shown or not one

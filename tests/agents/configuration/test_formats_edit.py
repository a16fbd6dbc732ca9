"""Edits that keep comments."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.configuration.diff import Edit, diff
from agents.configuration.formats import FORMATS, dump, parse
from agents.configuration.formats_edit import edit_text
from agents.errors import InvalidError

if TYPE_CHECKING:
    from agents.configuration.documents import Content
    from agents.configuration.formats import Format

YAML = """\
# The agent for stock
title: Stock   # shown in the console
instructions: |
  # this is text
  Answer.

  Briefly.

# Limits of a turn
limits:
  turns: 4 # calls of the model
  # seconds
  timeout_s: 20
tools:
- stock   # on hand
- demand
# for buyers
- orders
routing: {words: [a, b], otherwise: false} # flow
models:
  - id: m1
    price: 1   # cheap
  -
    id: m2
# the end
"""
TOML = """\
# The agent for stock
title = "Stock"   # shown in the console
tools = [
  "stock",  # on hand
  "demand",
  # for buyers
  "orders",
]
parameters.horizon_days = 30 # days

# Limits of a turn
[limits]
turns = 4 # calls of the model
# seconds
timeout_s = 20

[[models]]
id = "m1"
price = 1  # cheap

[[models]]
id = "m2"
"""
TEXTS: dict[Format, str] = {"yaml": YAML, "toml": TOML}
EDITS = [
    Edit("replace", "/title", "Stock", "New: stock"),
    Edit("replace", "/limits/turns", 4, 6),
    Edit("add", "/limits/parallel_tools", None, 8),
    Edit("add", "/limits/deep", None, {"a": [1, {"b": "c"}]}),
    Edit("remove", "/limits/timeout_s", 20, None),
    Edit("add", "/tools/0", None, "first"),
    Edit("add", "/tools/3", None, "last"),
    Edit("remove", "/tools/1", "demand", None),
    Edit("replace", "/tools/1", "demand", "forecast"),
    Edit("replace", "/models/0/price", 1, 2.5),
    Edit("add", "/models/1/price", None, 3),
    Edit("add", "/text", None, "one\ntwo\n"),
    Edit("add", "/other", None, {"x": 1}),
]


def comments(text: str) -> list[str]:
    return [line.partition("#")[2].strip() for line in text.splitlines() if "#" in line]


@pytest.mark.parametrize("form", ["yaml", "toml"])
@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: f"{edit.op} {edit.path}")
def test_an_edit_keeps_every_comment(form: Format, edit: Edit) -> None:
    """And changes nothing but what it is asked to."""
    text = TEXTS[form]
    made = edit_text(text, form, [edit])
    kept = [one for one in comments(text) if not (edit.path == "/limits/timeout_s" and one == "seconds")]
    assert [one for one in comments(made) if one != "seconds" or "seconds" in kept] == kept
    assert diff(parse(text.encode(), form).content, parse(made.encode(), form).content) == (edit,)


@pytest.mark.parametrize("form", ["yaml", "toml"])
def test_many_edits_leave_the_lines_that_they_do_not_touch(form: Format) -> None:
    """In their order."""
    text = TEXTS[form]
    old = parse(text.encode(), form).content
    new = copy.deepcopy(old)
    new["limits"]["turns"], new["tools"], new["last"] = 9, ["zero", "stock", "orders"], True
    made = edit_text(text, form, diff(old, new))
    assert parse(made.encode(), form).content == new
    assert comments(made) == comments(text)
    before, after = (list(filter(str.strip, one.splitlines())) for one in (text, made))
    assert [line for line in after if line in before] == [line for line in before if line in after]


def test_no_edit_changes_nothing() -> None:
    """Not even spaces at the end."""
    for form, text in (*TEXTS.items(), ("json", '{"a":   1}')):
        assert edit_text(text, form, []) == text


def test_json_is_written_anew() -> None:
    """It has no comments."""
    assert edit_text('{"a":1}', "json", [Edit("add", "/b", None, 2)]) == '{\n  "a": 1,\n  "b": 2\n}\n'


@pytest.mark.parametrize("form", FORMATS)
def test_very_many_edits_take_no_longer(form: Format) -> None:
    """A large text is written anew then, which loses its comments and nothing else."""
    old: Content = {"a": {f"name-{number}": number for number in range(5000)}}
    new: Content = {"a": {f"name-{number}": number + 1 for number in range(5000)}}
    assert parse(edit_text(dump(old, form), form, diff(old, new)).encode(), form).content == new


def test_an_edit_that_does_not_fit_is_refused() -> None:
    """As a patch would be."""
    with pytest.raises(InvalidError):
        edit_text(YAML, "yaml", [Edit("remove", "/nothing", 1, None)])


NAMES = st.sampled_from(["a", "b", "c d", "1", ""])
VALUES = st.recursive(
    st.integers(0, 3) | st.sampled_from(["x", "", "# y", "a\nb\n", "no", True]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
CONTENTS = st.dictionaries(NAMES, VALUES, max_size=3)


@given(CONTENTS, CONTENTS, st.sampled_from(FORMATS))
def test_an_edited_text_says_what_it_was_asked_to(old: Content, new: Content, form: Format) -> None:
    """For any two contents, in each format."""
    made = edit_text(dump(old, form), form, diff(old, new))
    assert diff(parse(made.encode(), form).content, new) == ()

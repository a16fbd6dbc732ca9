"""Documents in three formats."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agents.configuration.documents import canonical
from agents.configuration.formats import FORMATS, dump, format_of, parse, parse_value
from agents.configuration.json_pointer import at, below
from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.configuration.documents import Content
    from agents.configuration.formats import Format
    from agents.json_value import Json

# What some reader of some format would take for something else.
WORDS = """\
no yes on off y N true True NULL ~ << 1:30 012 0o14 0x1F 0b1 1_0 1e5 .5 5. +1 -0 .inf -.Inf .nan nan inf = - ? 10:00:00
2026-01-01 2026-01-01T00:00:00Z & * ! % @ ` | > # , [ ] { } ' \" \\ a: :b #c a# --- ... / \x7f \x85 \u2028 \u2029 \ufeff
\U0001f600 ''' \"\"\" é 倉庫 $append ~0"""
TRAPS = [*re.split("[ \n]", WORDS), *"\t\r\n", "\r\n", "", "a\tb", " a", "a ", "word " * 60]
TRAPS += ["a\nb", "a\nb\n", "\na", "a\n\n", " a\nb", "a \nb", "a\n  b\n", "x: y\n# z\n"]
TEXT = st.text(max_size=8) | st.sampled_from(TRAPS)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda number: number != 0 or math.copysign(1, number) > 0
)


def contents(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Content]:
    values = st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
        max_leaves=12,
    )
    return st.dictionaries(TEXT, values, max_size=4)


WITHOUT_NULL = contents(st.booleans() | NUMBERS | TEXT)
WITH_NULL = contents(st.none() | st.booleans() | NUMBERS | TEXT)


def pointers(value: Json, path: str = "") -> Iterator[str]:
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        yield from pointers(inner, below(path, name))


@given(WITHOUT_NULL)
def test_three_formats_say_the_same(content: Content) -> None:
    """From content to text and back, from each format into the next: the same values, types and order of names."""
    was = json.dumps(content)
    for form in (*FORMATS, *FORMATS):
        content = parse(dump(content, form).encode(), form).content
        assert json.dumps(content) == was


@given(WITH_NULL)
def test_json_and_yaml_say_null_as_well(content: Content) -> None:
    """What TOML cannot say, the others can."""
    for form in ("json", "yaml"):
        assert json.dumps(parse(dump(content, form).encode(), form).content) == json.dumps(content)


@given(WITHOUT_NULL)
def test_every_value_has_a_position(content: Content) -> None:
    """Line and column, from 1, are inside the text, and what stands there is the name or the value."""
    for form in FORMATS:
        text = dump(content, form)
        lines = text.split("\n")
        positions = parse(text.encode(), form).positions
        assert set(pointers(content)) - {""} <= positions.keys()
        for line, column in positions.values():
            assert 1 <= line <= len(lines)
            assert 1 <= column <= len(lines[line - 1]) + 1


@given(contents(st.booleans() | TEXT))
def test_readers_of_yaml_1_1_read_what_we_write(content: Content) -> None:
    """Text stays text to the many readers that follow the older version."""
    assert yaml.safe_load(dump(content, "yaml")) == content


PRINTABLE = st.text(st.characters(codec="latin-1", categories=["L", "N", "P", "S", "Zs"]), max_size=8)


@given(
    st.dictionaries(
        PRINTABLE,
        st.recursive(
            st.none() | NUMBERS | PRINTABLE,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PRINTABLE, inner, max_size=3),
            max_leaves=8,
        ),
        max_size=3,
    )
)
def test_json_is_yaml(content: Content) -> None:
    """A document in JSON reads the same as YAML, as long as it is printable."""
    text = json.dumps(content, ensure_ascii=False)
    assert canonical(parse(text.encode(), "yaml").content) == text_of(text)


def text_of(text: str) -> bytes:
    return canonical(parse(text.encode(), "json").content)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("Yes", "Yes"), ("on", "on"), ("y", "y"), ("1:30", "1:30"), ("012", 12), ("0o14", 12),
        ("0b11", "0b11"), ("0xff", 255), ("1_000", "1_000"), ("+7", 7), ("-0", 0), ("~", None), ("", None),
        ("null", None), ("nULL", "nULL"), ("True", True), ("tRUE", "tRUE"), ("1e3", 1000.0), ("1.", 1.0), (".5", 0.5),
        ("1.5e-3", 0.0015), (".", "."), ("=", "="), ("'no'", "no"), ('"1"', "1"), ("2026-13", "2026-13"),
        ("1.2.3", "1.2.3"), ("0x", "0x"), ("1e", "1e"), ("e3", "e3"), ("<<", "<<"), ("12:30:45", "12:30:45"),
        ("9223372036854775807", 2**63 - 1),
    ],
)  # fmt: skip
def test_yaml_follows_the_core_schema_of_1_2(text: str, value: Json) -> None:
    """Not what PyYAML makes of it, which follows 1.1."""
    assert json.dumps(parse(f"a: {text}\n".encode(), "yaml").content["a"]) == json.dumps(value)


@pytest.mark.parametrize(
    ("form", "text", "places"),
    [
        ("json", '{"a": 1,\n  "b": [{"c": []},\n 2]}',
         {"": (1, 1), "/a": (1, 2), "/b": (2, 3), "/b/0": (2, 9), "/b/0/c": (2, 10), "/b/1": (3, 2)}),
        ("yaml", "# x\na: 1\nb:\n- c: []\n- 2\nd: {e: 1}\n",
         {"": (2, 1), "/a": (2, 1), "/b": (3, 1), "/b/0": (4, 3), "/b/0/c": (4, 3), "/b/1": (5, 3), "/d": (6, 1),
          "/d/e": (6, 5)}),
        ("toml",
         'a.b = 1 # x\n"c.d" = [\n  1, # y\n  {e = 2}]\n[f.g]\nh = """\ni = 1"""\n[[k]]\nl = 1\n[[k]]\n[k.m]\nn = 3\n',
         {"": (1, 1), "/a": (1, 1), "/a/b": (1, 3), "/c.d": (2, 1), "/c.d/0": (3, 3), "/c.d/1": (4, 3),
          "/c.d/1/e": (4, 4), "/f": (5, 2), "/f/g": (5, 4), "/f/g/h": (6, 1), "/k": (8, 1), "/k/0": (8, 1),
          "/k/0/l": (9, 1), "/k/1": (10, 1), "/k/1/m": (11, 4), "/k/1/m/n": (12, 1)}),
    ],
)  # fmt: skip
def test_positions_are_where_people_look(form: Format, text: str, places: dict[str, tuple[int, int]]) -> None:
    """Of a map's value where its name stands, of a list's item where the item does."""
    parsed = parse(text.encode(), form, where="f")
    assert dict(parsed.positions) == places
    assert all(at(parsed.content, pointer) is not ... for pointer in places)
    assert parsed.place("/nothing/here") == "f:{}:{}".format(*places[""])


def test_every_problem_is_told_with_its_place() -> None:
    """Not the first alone."""
    with pytest.raises(InvalidError) as raised:
        parse(b"a: .nan\nb:\n- 1\n- -0.0\nc: 99999999999999999999\n", "yaml", where="x.yaml")
    found = [(problem.pointer, problem.where) for problem in raised.value.problems]
    assert found == [("/a", "x.yaml:1:1"), ("/b/1", "x.yaml:4:3"), ("/c", "x.yaml:5:1")]


def test_toml_says_where_null_is() -> None:
    """TOML has none, so the document is refused with every pointer to one."""
    with pytest.raises(InvalidError) as raised:
        dump({"a": {"b/c": None}, "d": [1, None]}, "toml")
    assert [problem.pointer for problem in raised.value.problems] == ["/a/b~1c", "/d/1"]
    assert raised.value.fix


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -0.0, 2**63, "\ud800", {"\ud800": 1}])
def test_what_cannot_be_read_is_not_written(form: Format, value: Json) -> None:
    """A text that we would refuse is never made."""
    with pytest.raises(InvalidError):
        dump({"a": value}, form)


def test_toml_keeps_the_order_of_names() -> None:
    """Maps before a value have dotted names, those behind all values are tables."""
    content: Content = {
        "first": {"b": 1, "c": {}},
        "title": "x",
        "last": {"d": [{"e": 1}, {"e": 2}]},
        "text": {"f": "a\nb"},
    }
    assert dump(content, "toml") == (
        'first.b = 1\nfirst.c = {}\ntitle = "x"\n\n[[last.d]]\ne = 1\n\n[[last.d]]\ne = 2\n\n[text]\nf = """\na\nb"""\n'
    )


def test_yaml_writes_several_lines_as_a_block() -> None:
    """Instructions stay readable."""
    assert dump({"a": "one\n\ntwo: #x\n"}, "yaml") == "a: |\n  one\n\n  two: #x\n"


def test_a_patch_may_be_a_list() -> None:
    """A value that is no document is read by the same rules."""
    assert parse_value(b'[{"op": "test"}]', "json") == [{"op": "test"}]
    with pytest.raises(InvalidError, match="twice"):
        parse_value(b'[{"op": 1, "op": 2}]', "json")


def test_a_file_says_its_format() -> None:
    """By its name's end, and an unknown one is refused with those that there are."""
    assert [format_of(name) for name in ("a.json", "b/c.YAML", "d.yml", "e.toml")] == ["json", "yaml", "yaml", "toml"]
    with pytest.raises(InvalidError, match="neither JSON, YAML nor TOML"):
        format_of("a.txt")

"""Where a value comes from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.configuration.documents import Version, digest
from agents.configuration.explain import Layer, explain, explain_all
from agents.configuration.formats import parse
from agents.configuration.json_pointer import at
from agents.configuration.layers import effective, merge
from agents.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from agents.configuration.documents import Content
    from agents.configuration.formats import Parsed

BASE = b"""\
title: Inventory
tools:
- stock
- demand
limits: {turns: 4, timeout_s: 20}
routes:
- id: a
  weight: 1
empty: {}
db: {$secret: db}
"""
ENVIRONMENT = b"""\
title = "Stock"
tools = { "$remove" = ["stock"], "$append" = ["orders"], "$prepend" = ["first"] }
routes = { "$key" = "id", "$append" = [{ id = "a", weight = 2 }, { id = "b" }] }
[limits]
turns = 6
timeout_s = { "$remove" = true }
"""


def layer(name: str, number: int, text: Parsed) -> Layer:
    return Layer(name=name, number=number, content=text.content, text=text)


LAYERS = [
    layer("agent/a@base", 3, parse(BASE, "yaml", where="a.yaml")),
    layer("agent/a@env:dev", 7, parse(ENVIRONMENT, "toml", where="dev.toml")),
]


def version(content: Content, *, layer: str = "base", number: int = 1) -> Version:
    return Version(
        key="agent/a", layer=layer, number=number, digest=digest(content), parent="", author="", message="",
        created_at=datetime(2026, 6, 30, tzinfo=UTC), content=content,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("pointer", "value", "how", "number", "inside", "where"),
    [
        ("/title", "Stock", "set", 7, "/title", "dev.toml:1:1"),
        ("/tools/0", "first", "prepended", 7, "/tools/$prepend/0", "dev.toml:2:72"),
        ("/tools/1", "demand", "set", 3, "/tools/1", "a.yaml:4:3"),
        ("/tools/2", "orders", "appended", 7, "/tools/$append/0", "dev.toml:2:47"),
        ("/limits/turns", 6, "set", 7, "/limits/turns", "dev.toml:5:1"),
        ("/limits/timeout_s", 20, "removed", 7, "/limits/timeout_s/$remove", "dev.toml:6:15"),
        ("/routes/0/id", "a", "appended", 7, "/routes/$append/0/id", "dev.toml:3:42"),
        ("/routes/0/weight", 2, "appended", 7, "/routes/$append/0/weight", "dev.toml:3:52"),
        ("/db", {"$secret": "db"}, "set", 3, "/db", "a.yaml:10:1"),
        ("/empty", {}, "set", 3, "/empty", "a.yaml:9:1"),
        ("/limits", {"turns": 6}, "set", 7, "/limits", "dev.toml:4:2"),
    ],
)
def test_a_value_says_layer_version_file_and_line(
    pointer: str, value: object, how: str, number: int, inside: str, where: str
) -> None:
    """Also what was appended, and what was taken away."""
    source = explain(LAYERS, pointer)
    assert (source.value, source.how, source.version, source.inside, source.where) == (
        value,
        how,
        number,
        inside,
        where,
    )
    assert source.layer == {3: "agent/a@base", 7: "agent/a@env:dev"}[number]


def test_a_value_says_what_it_covers() -> None:
    """The layers below that say the same name, the next one first."""
    three = [*LAYERS, Layer(name="agent/a@instance:i", number=1, content={"title": "Mine"})]
    source = explain(three, "/title")
    assert [(one.value, one.where) for one in (source, *source.below)] == [
        ("Mine", ""), ("Stock", "dev.toml:1:1"), ("Inventory", "a.yaml:1:1")
    ]  # fmt: skip


def test_an_empty_value_is_a_value() -> None:
    """As JSON, what is not known is left out, and nothing else."""
    shown = explain([version({"title": ""}, number=2), version({"title": "A"}, layer="env:dev")], "/title").as_json()
    assert shown == {
        "pointer": "/title", "value": "A", "how": "set", "layer": "agent/a@env:dev", "version": 1, "inside": "/title",
        "below": [{
            "pointer": "/title", "value": "", "how": "set", "layer": "agent/a@base", "version": 2, "inside": "/title",
            "below": [],
        }],
    }  # fmt: skip


def test_what_was_removed_is_told_with_all_the_rest() -> None:
    """An item that left a list has no pointer any more, so only the whole names it."""
    removed = [(one.pointer, one.value, one.inside) for one in explain_all(LAYERS) if one.how == "removed"]
    assert removed == [("/tools/0", "stock", "/tools/$remove"), ("/limits/timeout_s", 20, "/limits/timeout_s/$remove")]


def test_versions_and_files_explain_as_well() -> None:
    """A stored version is named as answers name it, a file by its own name."""
    layers = [version({"a": 1, "b": 1}), version({"a": 2}, layer="env:dev", number=4)]
    assert [(explain(layers, name).layer, explain(layers, name).version) for name in ("/a", "/b")] == [
        ("agent/a@env:dev", 4), ("agent/a@base", 1)
    ]  # fmt: skip
    assert explain([parse(b"a: 1", "yaml", where="x.yaml")], "/a").where == "x.yaml:1:1"


def test_what_nobody_said_is_not_found() -> None:
    """A pointer that is none is told apart from one that names nothing."""
    for pointer in ("/nothing", "/tools/9", "/title/x"):
        with pytest.raises(NotFoundError, match="no layer says"):
            explain(LAYERS, pointer)
    with pytest.raises(InvalidError, match="not a JSON pointer"):
        explain(LAYERS, "title")


LEAVES = st.integers(0, 3) | st.none() | st.booleans() | st.lists(st.integers(0, 3), max_size=3)
ITEMS = st.lists(st.integers(0, 3), max_size=3)
PLAIN = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(LEAVES, lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=6),
    max_size=3,
)
MARKED = st.dictionaries(
    st.sampled_from("abc"),
    st.just({"$remove": True})
    | st.builds(lambda value: {"$replace": value}, PLAIN)
    | st.builds(lambda one, two, three: {"$append": one, "$prepend": two, "$remove": three}, ITEMS, ITEMS, ITEMS)
    | LEAVES
    | PLAIN,
    max_size=3,
)


@given(st.lists(MARKED, min_size=1, max_size=4))
def test_what_explains_is_what_runs(contents: list[Content]) -> None:
    """Every leaf of the effective content has a source whose layer says that very value there, whatever the marks."""
    layers = [version(content, layer=f"env:e{number}", number=number + 1) for number, content in enumerate(contents)]
    try:
        found = effective("agent/a", layers)
    except InvalidError:
        return
    sources = [source for source in explain_all(layers) if source.how != "removed"]
    rebuilt = {source.pointer: source.value for source in sources}
    for pointer, value in rebuilt.items():
        assert at(found.content, pointer) == value or at(found.content, pointer) is value
    for source in sources:
        said = at(contents[source.version - 1], source.inside)
        assert said == source.value
        assert type(said) is type(source.value)
        assert explain(layers, source.pointer).layer == source.layer
    assert merge({}, found.content) == found.content

"""Content, its one JSON text and its digest."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.configuration.documents import MAX_DOCUMENT_BYTES, Draft, canonical, check_address, check_draft, digest
from agents.errors import InvalidError

if TYPE_CHECKING:
    from agents.configuration.documents import Content

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4))
CONTENT = st.dictionaries(st.text(), JSON, max_size=5)


@given(CONTENT)
def test_canonical_text_is_stable(content: Content) -> None:
    """Reading the canonical text and writing it again changes nothing, so a copy keeps its digest."""
    text = canonical(content)
    assert canonical(json.loads(text)) == text
    assert json.loads(text) == content


@given(CONTENT)
def test_the_order_of_keys_does_not_count(content: Content) -> None:
    """The same content has one digest, in whatever order it was written."""

    def turned(value: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, dict):
            return {name: turned(value[name]) for name in reversed(value)}
        return [turned(item) for item in value] if isinstance(value, list) else value

    assert digest(turned(content)) == digest(content)


@given(CONTENT, CONTENT)
def test_two_contents_share_a_digest_only_when_they_are_one(first: Content, second: Content) -> None:
    """A digest names its content."""
    assert (digest(first) == digest(second)) == (canonical(first) == canonical(second))


def test_a_digest_is_sha256_of_utf8_without_spaces() -> None:
    """Another program can compute it: sorted keys, no spaces, UTF-8 as it is."""
    text = '{"a":[1,2.5,null,true],"ü":"🚚"}'
    content: Content = {"ü": "🚚", "a": [1, 2.5, None, True]}
    assert canonical(content) == text.encode()
    assert digest(content) == "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _deep() -> Content:
    content: Content = {}
    for _ in range(100_000):
        content = {"a": content}
    return content


@pytest.mark.parametrize(
    "content",
    [{"a": float("nan")}, {"a": [float("inf")]}, {"a": {"b": -float("inf")}}, {"a": "\ud800"}, {"\udfff": 1}, _deep()],
    ids=["nan", "infinity", "minus infinity", "half a character", "half a key", "too deep"],
)
def test_what_json_cannot_say_is_refused(content: Content) -> None:
    """Content that has no JSON text is an error of the writer, not of ours."""
    with pytest.raises(InvalidError):
        canonical(content)


@pytest.mark.parametrize("key", ["agent/inventory", "a/b", "template/base-agent", "0/9", "a" * 64 + "/" + "b" * 64])
@pytest.mark.parametrize("layer", ["base", "env:dev", "env:pr-123", "instance:0190-ab"])
def test_an_address_is_kind_name_and_layer(key: str, layer: str) -> None:
    """Keys are `kind/name`, layers base, an environment or an instance."""
    check_address(key, layer)


@pytest.mark.parametrize(
    ("key", "layer"),
    [
        ("agent", "base"),
        ("agent/", "base"),
        ("/a", "base"),
        ("agent/a/b", "base"),
        ("Agent/a", "base"),
        ("agent/a b", "base"),
        ("agent/ä", "base"),
        ("agent/a\n", "base"),
        ("agent/a#b", "base"),
        ("agent/" + "a" * 65, "base"),
        ("../etc/passwd", "base"),
        ("agent/a", ""),
        ("agent/a", "Base"),
        ("agent/a", "env:"),
        ("agent/a", "env:dev#x"),
        ("agent/a", "team:x"),
        ("agent/a", "base\n"),
    ],
)
def test_another_address_is_refused(key: str, layer: str) -> None:
    """What could be read as part of a store's key, or of a path, is no address."""
    with pytest.raises(InvalidError):
        check_address(key, layer)


def test_a_document_has_a_greatest_size() -> None:
    """The limit counts bytes of the canonical text, not characters."""

    def draft(text: str) -> Draft:
        return Draft(key="agent/a", layer="base", content={"t": text}, author="", message="", expected=0)

    room = MAX_DOCUMENT_BYTES - len('{"t":""}')
    assert len(check_draft(draft("x" * room))) == MAX_DOCUMENT_BYTES
    for text in ("x" * (room + 1), "ü" * (room // 2 + 1)):
        with pytest.raises(InvalidError, match="262,144"):
            check_draft(draft(text))

"""A text is what its delta makes of the other one, and shared contents are the ones that were given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.configuration.delta import apply, delta, share

if TYPE_CHECKING:
    from agents.json_value import Json

BLOCK = 12 * 1024
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=5)
)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_delta_gives_the_text_back(old: bytes, new: bytes) -> None:
    """Any of any other, to the last byte."""
    assert apply(old, delta(old, new)) == new


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 256 * 1024])
def test_texts_longer_than_compression_looks_back_are_small_too(size: int) -> None:
    """A change in the middle of 256 KiB costs a hundredth of them, as does what moves the rest by some thousands."""
    base = b"".join(b"%d:%x;" % (n, n * 2654435761 % 2**32) for n in range(size // 8 + 1))[:size]
    for new in (
        base,
        base[: size // 2] + b"changed" + base[size // 2 :],
        base[: size // 3] + base[size // 3 + 3_000 :],
    ):
        change = delta(base, new)
        assert apply(base, change) == new
        assert len(change) <= 64 + len(new) // 50


@pytest.mark.parametrize("change", [b"x", b"\0\0\5abc", b"\0\0\3\xff\xff\xff", b"\xff" * 9])
def test_what_is_no_delta_is_an_error(change: bytes) -> None:
    """Damage in a file is told, or what it makes fails its digest; nothing grows without a bound."""
    with pytest.raises(ValueError, match="delta"):
        apply(b"some text", change)


def test_a_delta_that_would_grow_without_bound_is_an_error() -> None:
    """A bomb is not of ours."""
    import zlib

    packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=b"x")
    bomb = packer.compress(b"0" * 10_000_000) + packer.flush()
    with pytest.raises(ValueError, match="not a whole delta"):
        apply(b"x", len(bomb).to_bytes(3, "big") + bomb)


@given(documents, documents)
def test_what_is_shared_is_the_same_json(old: Json, new: Json) -> None:
    """Whatever stood there before: 1, 1.0 and true stay three values, and order is kept."""
    assert json.dumps(share(old, new)) == json.dumps(new)


@given(documents)
def test_what_did_not_change_is_one_object(document: Json) -> None:
    """A copy costs nothing."""
    again = json.loads(json.dumps(document))
    assert share(document, again) is document or document in {None, True, False}


def test_parts_that_did_not_change_are_one_object() -> None:
    """Only the way down to a change is new, with the names of the old."""
    old: dict[str, Json] = {"a": {"b": [1, 2, {"c": "text"}]}, "d": {"e": "long text"}}
    parsed: dict[str, Json] = json.loads(json.dumps(old | {"f": 1}))
    new = share(old, parsed)
    assert new["a"] is old["a"]
    assert list(new)[1] is list(old)[1]

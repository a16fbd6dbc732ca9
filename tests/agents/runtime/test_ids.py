"""Identifiers that sort by time."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from agents.runtime.ids import is_uuid7, uuid7

TIMES = st.integers(0, 2**48 - 1)
BYTES = st.binary(min_size=10, max_size=10)


@given(TIMES, TIMES, BYTES, BYTES)
def test_ids_sort_by_time(first: int, second: int, some: bytes, other: bytes) -> None:
    """Of two milliseconds the earlier one's id sorts first as text, whatever the random bits."""
    if first != second:
        one, two = uuid7(first, lambda _: some), uuid7(second, lambda _: other)
        assert (one < two) == (first < second)


@given(TIMES, BYTES)
def test_an_id_is_a_uuid_of_version_7(now_ms: int, random: bytes) -> None:
    """Version, variant and time read back by the standard's rules."""
    text = uuid7(now_ms, lambda _: random)
    value = uuid.UUID(text)
    assert (value.version, value.variant, str(value)) == (7, uuid.RFC_4122, text)
    assert value.int >> 80 == now_ms
    assert is_uuid7(text)


@given(TIMES, st.integers(0, 2**80 - 1))
def test_every_random_bit_but_six_is_kept(now_ms: int, random: int) -> None:
    """74 bits are random: only version and variant are fixed."""
    fixed = (0xF << 76) | (0x3 << 62)
    made = uuid.UUID(uuid7(now_ms, random.to_bytes)).int & (2**80 - 1)
    assert made & ~fixed == random & ~fixed

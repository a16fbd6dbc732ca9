"""Identifiers that sort by time: UUIDv7 (RFC 9562, section 5.7)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def uuid7(now_ms: int, random: Callable[[int], bytes]) -> str:
    """48 bits of milliseconds since 1970, version 7, 74 random bits. `random(n)` gives n bytes."""
    value = (now_ms & (2**48 - 1)) << 80 | int.from_bytes(random(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))

"""Identifiers that sort by time: UUIDv7 (RFC 9562, section 5.7)."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_FORM: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def uuid7(now_ms: int, random: Callable[[int], bytes]) -> str:
    """48 bits of milliseconds since 1970, version 7, 74 random bits. `random(n)` gives n bytes."""
    value = (now_ms & (2**48 - 1)) << 80 | int.from_bytes(random(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def is_uuid7(text: str) -> bool:
    """Whether it is written as `uuid7` writes one."""
    return _FORM.fullmatch(text) is not None

"""What every program is put together with: the plugins it may load, the time, and identifiers."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from agents.runtime.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Callable

PLUGINS: Final = ("agents.supply_chain",)  # the allow-list; nothing else is imported as a plugin


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """An identifier that sorts by time."""
    return uuid7(time.time_ns() // 1_000_000, os.urandom)


def today_of(as_of: str) -> Callable[[], date]:
    """The date of the data: the one that is given as text, or the calendar's."""
    if as_of:
        fixed = date.fromisoformat(as_of)
        return lambda: fixed
    return lambda: now().date()

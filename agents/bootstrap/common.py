"""What every program is put together with: the plugins it may load, the time, and identifiers."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Final

from agents.runtime.ids import uuid7

PLUGINS: Final = ("agents.supply_chain",)  # the allow-list; nothing else is imported as a plugin


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """An identifier that sorts by time."""
    return uuid7(time.time_ns() // 1_000_000, os.urandom)

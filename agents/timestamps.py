"""A time as everything of ours writes it, so that two texts sort as their times do."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def rfc3339(at: datetime) -> str:
    """A time in UTC with milliseconds, like 2026-06-30T12:00:00.000Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

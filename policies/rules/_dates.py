"""What day it is for a rule about dates: a parameter, so that a result can be repeated."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from ._rule import Parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._resource import Value

TODAY: Final = Parameter("", "The day to judge by, as 2026-06-30; the calendar's when empty.")


def today(config: Mapping[str, Value]) -> date:
    """The parameter `today`. Raises ValueError when it is no date."""
    given = config["today"]
    return date.fromisoformat(given) if given else datetime.now(UTC).date()

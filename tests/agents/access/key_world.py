"""What tests of machines' keys share: a clock that is set by hand, a key to ask for, and whether one is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.access.key_service import NewKey
from agents.errors import UnauthenticatedError

if TYPE_CHECKING:
    from agents.access.api_keys import ApiKeys

NOW = 1_800_000_000.0
REPORT = NewKey(name="report", groups=("warehouse_manager", "viewer"), scopes=("ask",))


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def refused(keys: ApiKeys, text: str) -> bool:
    try:
        keys.verify(text)
    except UnauthenticatedError:
        return True
    return False

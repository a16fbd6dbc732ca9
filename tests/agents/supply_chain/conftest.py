"""Tools run as the executor runs them: over the gateway, as one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.deadline import Deadline
from agents.runtime.tools import UserData

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.access.gateway import SqlGateway
    from agents.access.principal import Caller


@pytest.fixture
def data_of(gateway: SqlGateway, callers: dict[str, Caller]) -> Callable[[str], UserData]:
    """What the person of a persona may read."""
    return lambda persona: UserData(gateway, callers[persona], Deadline.after(20))

"""The program as it is, recorded once for each stack file."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from delivery.recorder import record
from delivery.stack_files import read_stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from delivery.recorder import Recording

ROOT = Path(__file__).parents[2]


@cache
def _recorded(stack: str) -> Recording:
    return record(ROOT, read_stack(ROOT, stack))


@pytest.fixture(scope="session")
def recorded() -> Callable[[str], Recording]:
    return _recorded

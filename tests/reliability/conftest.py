"""The soak harness: a suite asks for `load`, which is its short form in `make test` and its full form in `make soak`.

A suite states the least load below which its figure is void, asserts that it was reached, and reports what it saw.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Load:
    """How much a suite does. `full` is what proves the figure; the short form does a tenth."""

    full: bool

    def of(self, full_amount: int) -> int:
        return full_amount if self.full else full_amount // 10


@pytest.fixture(scope="session")
def load() -> Load:
    return Load(full=os.environ.get("QM_SOAK") == "full")


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Keeps the figures of a suite for the end of the run, where they are printed."""

    def figures(**values: float | str) -> None:
        line = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items())
        request.node.user_properties.append(("figures", f"{request.node.name}: {line}"))

    return figures

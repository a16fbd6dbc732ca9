"""The prod program recorded and judged by every policy, against the same recording judged by none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.target import Target
from delivery.analysis import Servicer, analyse
from delivery.plan import parameters
from delivery.recorder import record
from delivery.stack_files import read_stack
from policies.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from policies.rules._rule import Rule

NAME, TARGET = "policies", Target(ratio_at_most=2.0)

_ROOT: Final = Path(__file__).parents[1]


def ours() -> Callable[[], object]:
    return lambda: _judged(RULES)


def peer() -> Callable[[], object]:
    return lambda: _judged(())


def same() -> None:
    """Both sides find nothing in the stack that ships, and ours asked every rule."""
    assert _judged(RULES) == _judged(()) == 0
    assert len(RULES) >= 110  # noqa: PLR2004 - the least that the pack is to have


def _judged(rules: tuple[Rule, ...]) -> int:
    """How many findings block the stack."""
    stack = read_stack(_ROOT, "prod")
    given = parameters(stack) if rules else {}
    findings, _ = analyse(record(_ROOT, stack), Servicer(given, rules))
    return sum(one.blocks for one in findings)

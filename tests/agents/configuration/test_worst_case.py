"""No turn, however it goes, takes longer than the formula says."""

from __future__ import annotations

import heapq

from hypothesis import given
from hypothesis import strategies as st

from agents.configuration.agent_config import Limits
from agents.configuration.worst_case import OVERHEAD_S, answer_s, model_s, tools_s, turn_s, waits_s

SHARE = st.floats(0, 1)


@st.composite
def runs(draw: st.DrawFn) -> tuple[Limits, int, tuple[float, ...], float]:
    """Limits, fallbacks, tools' time-outs, and the seconds that one random turn within them takes, undisturbed."""
    limits = Limits(
        timeout_s=draw(st.floats(1, 120)),
        turns=draw(st.integers(1, 16)),
        parallel_tools=draw(st.integers(1, 8)),
        model_timeout_s=draw(st.floats(0.1, 60)),
        retries=draw(st.integers(0, 5)),
    )
    fallbacks = draw(st.integers(0, 4))
    tools = tuple(draw(st.lists(st.floats(0.1, 30), max_size=10)))
    took = 0.0
    for _ in range(draw(st.integers(1, limits.turns))):
        for _ in range(draw(st.integers(1, 1 + fallbacks))):
            attempts = draw(st.integers(1, 1 + limits.retries))
            took += sum(draw(SHARE) * limits.model_timeout_s for _ in range(attempts)) + waits_s(attempts - 1)
        took += _round([draw(SHARE) * timeout for timeout in tools], limits.parallel_tools)
    return limits, fallbacks, tools, took


def _round(durations: list[float], workers: int) -> float:
    """When the last tool ends, each started by the first worker that is free."""
    free = [0.0] * workers
    for duration in durations:
        heapq.heappush(free, heapq.heappop(free) + duration)
    return max(free)


@given(runs())
def test_no_turn_asks_for_more_than_the_formula(run: tuple[Limits, int, tuple[float, ...], float]) -> None:
    limits, fallbacks, tools, took = run
    assert took <= turn_s(limits, fallbacks=fallbacks, tools=tools) + 1e-6
    assert min(took, limits.timeout_s) + OVERHEAD_S <= answer_s(limits, fallbacks=fallbacks, tools=tools) + 1e-6


@given(runs(), st.integers(1, 3))
def test_more_of_anything_never_takes_less(run: tuple[Limits, int, tuple[float, ...], float], more: int) -> None:
    """So a check that passes with room to spare stays true for whatever is less."""
    limits, fallbacks, tools, _ = run
    least = turn_s(limits, fallbacks=fallbacks, tools=tools)
    for name in ("turns", "retries"):
        raised = limits.model_copy(update={name: getattr(limits, name) + more})
        assert turn_s(raised, fallbacks=fallbacks, tools=tools) >= least
    assert turn_s(limits, fallbacks=fallbacks + more, tools=tools) >= least
    assert turn_s(limits, fallbacks=fallbacks, tools=(*tools, *[1.0] * more)) >= least


def test_the_formula_by_hand() -> None:
    """2 turns x (3 models x (2 attempts x 4 s + 0.5 s) + 2 rounds x 5 s)."""
    limits = Limits(turns=2, retries=1, model_timeout_s=4, parallel_tools=2, timeout_s=30)
    assert model_s(limits, 2) == 25.5
    assert tools_s((5, 1, 1), 2) == 10
    assert turn_s(limits, fallbacks=2, tools=(5, 1, 1)) == 71
    assert answer_s(limits, fallbacks=2, tools=(5, 1, 1)) == 31


def test_without_a_time_of_its_own_a_model_may_take_the_whole_turn() -> None:
    assert model_s(Limits(), 0) == 20
    assert tools_s((), 8) == 0
    assert waits_s(5) == 0.5 + 1 + 2 + 4 + 8
    assert waits_s(7) == 0.5 + 1 + 2 + 4 + 8 + 8 + 8

"""The method: both sides alternate, round by round, and the median of the per-round ratios counts.

What the machine does meanwhile hits both sides of a round alike, so the ratio is steadier than either time.
"""

from __future__ import annotations

import gc
import statistics
import time
import tracemalloc
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.target import Target

ROUNDS = 7
ROUND_S = 0.2  # each side of a round runs for about this long


class Benchmark(Protocol):
    """A module of this folder."""

    NAME: str
    TARGET: Target

    def ours(self) -> Callable[[], object]:
        """Sets up once, returns what is timed."""

    def peer(self) -> Callable[[], object]:
        """The same for the peer; raises ImportError when it is not installed."""

    def same(self) -> None:
        """Raises AssertionError unless both give the same answer."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Times in microseconds a call; `ratio` is ours / peer, `spread` the lowest and highest ratio of a round."""

    name: str
    ours: dict[str, float]
    peer: dict[str, float]
    unit: str
    ratio: float
    spread: tuple[float, float]
    target: str
    met: bool
    peak_memory_mb: float


def measure(benchmark: Benchmark, *, rounds: int = ROUNDS) -> Measured:
    """Both sides of a benchmark, after checking that they agree."""
    benchmark.same()
    ours, peer = benchmark.ours(), benchmark.peer()
    calls = (_calls(ours), _calls(peer))
    times: tuple[list[float], list[float]] = ([], [])
    ratios = []
    gc.collect()
    for number in range(rounds):
        # Who goes first changes, so that warming up favours nobody.
        order = (0, 1) if number % 2 == 0 else (1, 0)
        round_us = [0.0, 0.0]
        for side in order:
            samples = _sample((ours, peer)[side], calls[side])
            times[side].extend(samples)
            round_us[side] = statistics.fmean(samples)
        ratios.append(round_us[0] / round_us[1])
    ratio = statistics.median(ratios)
    return Measured(
        name=benchmark.NAME,
        ours=_percentiles(times[0]),
        peer=_percentiles(times[1]),
        unit="us",
        ratio=round(ratio, 3),
        spread=(round(min(ratios), 3), round(max(ratios), 3)),
        target=str(benchmark.TARGET),
        met=benchmark.TARGET.met(ratio),
        peak_memory_mb=round(_peak_mb(ours), 2),
    )


def _sample(call: Callable[[], object], count: int) -> list[float]:
    samples = []
    for _ in range(count):
        started = time.perf_counter_ns()
        call()
        samples.append((time.perf_counter_ns() - started) / 1000)
    return samples


def _calls(call: Callable[[], object]) -> int:
    """How many calls fill a round; the calls made to find out also warm up caches."""
    started = time.perf_counter()
    done = 0
    while (elapsed := time.perf_counter() - started) < ROUND_S / 2:
        call()
        done += 1
    # What takes longer than ten rounds is called once in each: the rounds are its samples.
    return max(3, int(done * ROUND_S / elapsed)) if elapsed / done < 10 * ROUND_S else 1


def _percentiles(times: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "p99": round(cuts[98], 1)}


def _peak_mb(call: Callable[[], object]) -> float:
    """The most memory that Python allocated during one call of ours."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()

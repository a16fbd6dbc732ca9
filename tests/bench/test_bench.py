"""The benchmark runner: its figures mean something, and every benchmark compares like with like."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import names
from bench.limits import LIMITS, Limit, run
from bench.measure import measure
from bench.target import Target

LOADED = {"commit", "notify"}  # a hundred writers, a thousand readers: what the suites in tests/reliability hold too


@pytest.mark.parametrize("name", names())
def test_ours_and_the_peer_give_the_same(name: str) -> None:
    """A benchmark whose two sides disagree would compare nothing."""
    if name in LOADED and os.environ.get("QM_SOAK") != "full":
        pytest.skip("it loads two cores for minutes; QM_SOAK=full runs it")
    benchmark = importlib.import_module(f"bench.{name}")
    assert name == benchmark.NAME
    benchmark.same()


def test_twice_the_work_takes_twice_the_time() -> None:
    """The ratio of a thing to half of it is near two, so the method measures what it says."""

    class Twice:
        NAME, TARGET = "twice", Target(ratio_at_most=3)

        def ours(self):  # noqa: ANN202 - a callable
            return lambda: sum(range(40_000))

        def peer(self):  # noqa: ANN202 - a callable
            return lambda: sum(range(20_000))

        def same(self) -> None: ...

    result = measure(Twice(), rounds=5)
    assert 1.5 < result.ratio < 2.7
    assert result.met
    assert result.spread[0] <= result.ratio <= result.spread[1]


def test_an_unknown_benchmark_is_named() -> None:
    """A wrong name exits 2 and lists the right ones."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "bench", "nonsense"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=root)
    assert (done.returncode, "no benchmark 'nonsense'" in done.stderr) == (2, True)


def test_a_limit_is_missed_by_what_fails_or_takes_longer() -> None:
    """A command that fails fast has not kept its time."""

    def taken(code: str, seconds: float) -> tuple[bool, int]:
        limit = Limit(name="x", seconds_at_most=seconds, command=(sys.executable, "-c", code))
        done = run(limit)
        return done.met, done.exit_code

    assert taken("", 60) == (True, 0)
    assert taken("", 0) == (False, 0)
    assert taken("raise SystemExit(3)", 60) == (False, 3)


def test_the_limits_are_those_that_are_promised() -> None:
    """Three stacks in ten seconds, the component suite in a minute; the commands are there to be run."""
    assert {one.name: one.seconds_at_most for one in LIMITS} == {"plan-of-three-stacks": 10, "component-suite": 60}
    assert all(Path(one.command[0]).exists() for one in LIMITS)


def test_json_has_the_fields_of_a_result() -> None:
    """A run as JSON is a list with name, both sides, unit, ratio, spread, target, met and memory."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "bench", "rowsecurity", "--json", "--rounds", "5"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=root)
    (result,) = json.loads(done.stdout)
    assert set(result) == {"name", "ours", "peer", "unit", "ratio", "spread", "target", "met", "peak_memory_mb"}

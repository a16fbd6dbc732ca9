"""Documents made to do harm: R8."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.agents.configuration.hostile_runs import cases

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent

CASES = cases(HERE / "hostile")


@pytest.fixture(scope="module")
def runs() -> Mapping[int, dict[str, Any]]:
    """What became of each case, all in one process that may take 64 MiB more than it has at its start."""
    root = str(HERE.parents[2])
    done = subprocess.run(
        [sys.executable, str(HERE / "hostile_runs.py"), str(HERE / "hostile")],
        check=False, capture_output=True, text=True, timeout=240, env=os.environ | {"PYTHONPATH": root},
    )  # fmt: skip
    told = [json.loads(line) for line in done.stdout.splitlines()]
    last = next((one["number"] for one in reversed(told) if "number" in one), 0)
    assert done.returncode == 0, f"{CASES[last]['name']} ended the process: {done.stderr[-500:]}"
    return {one["number"]: one for one in told if "outcome" in one}


def test_there_are_enough() -> None:
    """At least a hundred, of which forty are bombs."""
    assert len(CASES) >= 100
    assert sum(case["file"] == "bombs" for case in CASES) >= 40


@pytest.mark.parametrize(
    "number", range(len(CASES)), ids=lambda number: f"{CASES[number]['format']}: {CASES[number]['name']}"
)
def test_it_is_refused(number: int, runs: Mapping[int, dict[str, Any]]) -> None:
    """As an InvalidError that says why and where, within a second and 64 MiB."""
    case, run = CASES[number], runs[number]
    assert run["outcome"] == "refused"
    assert case["says"] in run["message"]
    file, line, column = run["where"].split(":")
    assert (file, int(line) > 0, int(column) > 0) == ("f", True, True)
    if "at" in case:
        assert [int(line), int(column)] == case["at"]
    assert run["seconds"] < 1

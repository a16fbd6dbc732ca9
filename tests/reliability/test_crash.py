"""R1: a process that is killed while it writes loses nothing that it acknowledged."""

from __future__ import annotations

import random
import sqlite3
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from agents.adapters.sqlite.configuration import SqliteConfigStore
from tests.reliability.killed import run_and_kill

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.reliability.conftest import Load

WRITERS = 8
KILLS, WRITES = 200, 200_000  # the full form; the short form does a tenth
LEAST_PER_S = 100


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_kill_9_loses_no_acknowledged_write(tmp_path: Path, load: Load, report: Callable[..., None]) -> None:
    """After each kill every acknowledged version is there, numbers have no gaps, and the log matches the versions."""
    kills, writes = load.of(KILLS), load.of(WRITES)
    path = tmp_path / "configuration.db"
    dice = random.Random(1)
    acknowledged: dict[str, int] = {}
    done, restarts, busy_s, rounds = 0, [], 0.0, 0
    while rounds < kills or done < writes:
        began = time.monotonic()
        lines = run_and_kill("writer.py", path, WRITERS, least=dice.randrange(1, 2 * writes // kills))
        busy_s += time.monotonic() - began
        for line in lines:
            name, number = line.split()
            assert int(number) > acknowledged.get(name, 0), "a number was given twice"
            acknowledged[name] = int(number)
        done += len(lines)
        rounds += 1
        began = time.perf_counter()
        _check(path, acknowledged)
        restarts.append(time.perf_counter() - began)
    report(kills=rounds, acked_writes=done, lost=0, gaps=0, writes_per_s=round(done / busy_s),
           restart_to_first_answer_max_ms=round(1000 * max(restarts)))  # fmt: skip
    assert done / busy_s >= LEAST_PER_S, "void: too little load to prove anything"


def _check(path: Path, acknowledged: dict[str, int]) -> None:
    store = SqliteConfigStore(path, tenant="default", clock=lambda: datetime.now(UTC))
    names = sorted(acknowledged)
    for name, head in zip(names, store.heads([(f"agent/{name}", "base") for name in names]), strict=True):
        assert head is not None
        assert head.number >= acknowledged[name], f"{name}: version {acknowledged[name]} was acknowledged and is lost"
        assert head.content == {"writer": name, "number": head.number}, "torn"
        assert store.labels(f"agent/{name}", "base") == {"stable": head.number}, "half of an append"
    store.close()
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        gaps = database.execute(
            "SELECT count(*) FROM (SELECT max(id & 0xFFFFFFFF) - count(*) AS gap FROM version GROUP BY id >> 32)"
            " WHERE gap"
        )
        assert gaps.fetchone() == (0,)
        changes, last, versions = database.execute(
            "SELECT count(*), max(sequence), (SELECT count(*) FROM version) FROM change"
        ).fetchone()
        assert changes == last == 2 * versions
    database.close()

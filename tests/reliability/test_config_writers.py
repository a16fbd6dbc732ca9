"""A hundred clients who write at once over HTTP: every acknowledged change is there, and none was written over."""

from __future__ import annotations

import threading
import time
from statistics import quantiles
from typing import TYPE_CHECKING

import pytest

from tests.agents.api.config_server import ConfigServer, config_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agents.configuration.documents import Version
    from tests.reliability.conftest import Load

WRITERS = 100
WRITES = 2_000  # the full form; the short form does a tenth
PATH = "/v1/configs/agent/sql"
LAYERS = 20  # five writers share each


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_no_update_is_lost_among_a_hundred_writers(tmp_path: Path, load: Load, report: Callable[..., None]) -> None:
    """Each adds one to its counter in a document that five share, by compare-and-set, again when one was faster.

    The sum of the counters is the number of acknowledged writes, versions have no gaps, and each version is one write
    after the one before.
    """
    each = max(load.of(WRITES) // WRITERS, 1)
    with config_server(tmp_path) as server:
        times, conflicts, errors = _write(server, each)
        found = [
            server.store.history("agent/sql", f"instance:i{layer}", before=None, limit=10 * WRITES)
            for layer in range(LAYERS)
        ]
    assert not errors
    assert len(times) == each * WRITERS
    for versions in found:
        assert [one.number for one in versions] == list(range(len(versions), 0, -1))
        assert [_total(one) for one in versions] == list(range(len(versions), 0, -1))
    assert sum(map(len, found)) == len(times)
    report(
        writers=WRITERS, acknowledged=len(times), lost=0, gaps=0, conflicts=conflicts,
        p50_ms=round(1000 * quantiles(times, n=100)[49]), p99_ms=round(1000 * quantiles(times, n=100)[98]),
    )  # fmt: skip
    assert conflicts > len(times) / 20, "void: they hardly met"


def _total(version: Version) -> int:
    """The sum of the counters of a version."""
    parameters = version.content["parameters"]
    counters: list[int] = [int(str(count)) for count in parameters.values()]
    return sum(counters)


def _write(server: ConfigServer, each: int) -> tuple[list[float], int, list[str]]:
    """The time of each acknowledged request, how many came too late, and what else was answered."""
    times: list[float] = []
    late: list[int] = []
    errors: list[str] = []
    begin = threading.Barrier(WRITERS)

    def write(number: int) -> None:
        layer, own = {"layer": f"instance:i{number % LAYERS}"}, f"p{number // LAYERS}"
        with server.client("operator", subject=f"writer-{number}") as http:
            begin.wait()
            for _ in range(each):
                while not errors:
                    read = http.get(PATH, params=layer)
                    there = read.status_code == 200
                    counters = read.json()["content"]["parameters"] if there else {}
                    counters[own] = counters.get(own, 0) + 1
                    condition = {"If-Match": read.headers["etag"]} if there else {"If-None-Match": "*"}
                    body = {"content": {"parameters": counters}, "message": "one more"}
                    started = time.perf_counter()
                    done = http.put(PATH, params=layer, json=body, headers=condition)
                    if done.status_code == 201:
                        times.append(time.perf_counter() - started)
                        break
                    if done.status_code != 412:
                        errors.append(done.text)
                    late.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, len(late), errors

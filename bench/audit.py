"""Decisions of 32 threads written down as an audit's records, against a line and an fsync for each."""

from __future__ import annotations

import atexit
import os
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.access.audit import Audit
from agents.access.chain import parse
from agents.access.decisions import Decision
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.bootstrap.common import new_id, now
from bench.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

# Both are durable line by line; ours also hashes each, and lets those who wait share an append.
NAME, TARGET = "audit", Target(ratio_at_most=0.5)

THREADS: Final = 32
EACH: Final = 10  # decisions of a thread in one call
_VAR: Final = Path(__file__).parents[1] / "var"  # on the disk that stores lie on, which /tmp may not be
_DECISION: Final = Decision(
    action="ask:query",
    resource="table/product",
    allowed=True,
    rule="persona warehouse_manager",
    subject="wanda",
    persona="warehouse_manager",
    detail={"tables": ["product"], "policy": "sha256:" + "a" * 64, "statement": "sha256:" + "b" * 64},
)


def ours() -> Callable[[], object]:
    log = SqliteAuditLog(_folder() / "audit.db", tenant="default", clock=now)
    audit = Audit(log, tenant="default", now=now, new_id=new_id)
    return _by_threads(lambda: audit.record(_DECISION))


def peer() -> Callable[[], object]:
    lock = threading.Lock()
    file = (_folder() / "audit.txt").open("ab")
    line = b"x" * 700 + b"\n"  # as long as a record

    def append() -> None:
        with lock:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    return _by_threads(append)


def same() -> None:
    """Every decision is there, in one chain."""
    log = SqliteAuditLog(_folder() / "audit.db", tenant="default", clock=now)
    audit = Audit(log, tenant="default", now=now, new_id=new_id)
    _by_threads(lambda: audit.record(_DECISION))()
    records = [parse(entry.text) for entry in log.read(after="", limit=THREADS * EACH + 1)]
    assert sorted(record.sequence for record in records) == list(range(1, THREADS * EACH + 1))
    log.close()


def _by_threads(work: Callable[[], object]) -> Callable[[], object]:
    pool = ThreadPoolExecutor(THREADS)

    def turns(_: int) -> None:
        for _ in range(EACH):
            work()

    return lambda: list(pool.map(turns, range(THREADS)))


def _folder() -> Path:
    _VAR.mkdir(exist_ok=True)
    folder = tempfile.TemporaryDirectory(dir=_VAR)
    atexit.register(folder.cleanup)
    return Path(folder.name)

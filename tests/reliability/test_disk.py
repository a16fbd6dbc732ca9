"""R1: a disk that fails or loses power at any moment: what was acknowledged is there, and nothing is half done."""

from __future__ import annotations

import random
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.configuration.cursors import position
from agents.configuration.documents import START, Draft, LabelMove
from agents.errors import QuartermasterError, UnavailableError
from tests.reliability.disk import FULL, WRITE_FAILED, Disk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.reliability.conftest import Load

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
APPENDS = 5


def store_at(path: Path) -> SqliteConfigStore:
    return SqliteConfigStore(path, tenant="default", clock=lambda: NOW)


def draft(key: str, n: int) -> Draft:
    text = "what the agent is told " * 30
    return Draft(key=key, layer="base", content={"n": n, "text": text}, author="w", message="m", expected=n - 1)


def items(n: int) -> list[Draft | LabelMove]:
    """The n-th append: two documents and a label, which belong together."""
    label = LabelMove(key="agent/a", layer="base", label="stable", number=n, expected=n - 1, author="w")
    return [draft("agent/a", n), draft("agent/b", n), label]


def check(store: SqliteConfigStore) -> int:
    """How many appends there are: each whole, in a log without gaps."""
    a, b = (store.history(f"agent/{name}", "base", before=None, limit=999) for name in "ab")
    there = len(a)
    assert [one.content["n"] for one in a] == [one.content["n"] for one in b] == list(range(there, 0, -1))
    assert store.labels("agent/a", "base") == ({"stable": there} if there else {})
    changes = store.changes(after=START, limit=9_999).items
    assert [position(change.cursor).number for change in changes] == list(range(1, 3 * there + 1))
    assert [(change.key, change.label) for change in changes] == [
        ("agent/a", ""), ("agent/b", ""), ("agent/a", "stable"),
    ] * there  # fmt: skip
    return there


@pytest.mark.soak
@pytest.mark.parametrize("error", [FULL, WRITE_FAILED], ids=["full", "failing"])
@pytest.mark.parametrize("lasts", [1, 9_999], ids=["once", "for good"])
def test_a_disk_that_fails_at_any_write_leaves_whole_appends(
    tmp_path: Path, error: int, lasts: int, report: Callable[..., None]
) -> None:
    """Whichever of the writes fails: callers hear it, readers read on, and the same sent again is stored once."""
    n, failed = 0, 0
    while True:
        n += 1
        path = tmp_path / f"{n}.db"
        with Disk() as disk:
            store = store_at(path)
            disk.fail(n, n + lasts - 1, error)
            acknowledged, fixes = 0, []
            for number in range(1, APPENDS + 1):
                try:
                    store.append(items(number), idempotency_key=f"k{number}")
                    acknowledged = number
                except UnavailableError as unavailable:
                    fixes.append(unavailable.fix)
                    break
            if not fixes and disk.operations < n:
                store.close()
                break
            assert all(fixes), "an error says what to do"
            assert check(store) >= acknowledged, "readers do not read on"
            disk.fail(0, 0)
            for again in range(max(acknowledged, 1), APPENDS + 1):  # as a caller who heard nothing
                store.append(items(again), idempotency_key=f"k{again}")
            assert check(store) == APPENDS
            store.close()
        reopened = store_at(path)
        assert check(reopened) == APPENDS
        reopened.close()
        failed += 1
    report(writes_that_failed=failed, lost=0, half_done=0)
    assert failed >= 5 * APPENDS, "void: too few writes failed"


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_a_loss_of_power_loses_no_acknowledged_append(tmp_path: Path, load: Load, report: Callable[..., None]) -> None:
    """Under eight writers, at any moment: what was acknowledged is there, whatever of the unsynced rest survived."""
    losses, writers, dice = load.of(500), 8, random.Random(1)
    stop = threading.Event()
    acknowledged = dict.fromkeys((f"agent/w{n}" for n in range(writers)), 0)
    trouble: list[BaseException] = []
    slowest = 0.0
    with Disk() as disk:
        store = store_at(tmp_path / "store.db")

        def write(key: str) -> None:
            try:
                while not stop.is_set():
                    number = acknowledged[key] + 1
                    label = LabelMove(key=key, layer="base", label="stable", number=number, expected=number - 1,
                                      author="w")  # fmt: skip
                    store.append([draft(key, number), label], idempotency_key=f"{key}{number}")
                    acknowledged[key] = number
            except QuartermasterError as error:
                trouble.append(error)

        threads = [threading.Thread(target=write, args=(key,)) for key in acknowledged]
        for thread in threads:
            thread.start()
        states = []
        for loss in range(losses):
            wanted = sum(acknowledged.values()) + dice.randrange(1, 20)
            deadline = time.monotonic() + 30
            while sum(acknowledged.values()) < wanted and time.monotonic() < deadline and not trouble:
                stop.wait(0.001)
            known = dict(acknowledged)
            folder = tmp_path / f"loss{loss}"
            folder.mkdir()
            disk.lose_power(folder, dice)
            states.append((folder, known))
        stop.set()
        for thread in threads:
            thread.join()
        store.close()
    assert not trouble
    for folder, known in states:
        began = time.perf_counter()
        left = store_at(folder / "store.db")
        heads = left.heads([(key, "base") for key in known])
        slowest = max(slowest, time.perf_counter() - began)
        for (key, number), head in zip(known.items(), heads, strict=True):
            there = head.number if head else 0
            assert there >= number, f"{key}: version {number} was acknowledged and is lost"
            assert left.labels(key, "base") == ({"stable": there} if there else {}), "half of an append"
        total = sum(head.number for head in heads if head)
        cursors = [position(change.cursor).number for change in left.changes(after=START, limit=99_999).items]
        assert cursors == list(range(1, 2 * total + 1))
        left.close()
    report(losses_of_power=losses, acked_appends=sum(acknowledged.values()), lost=0, half_done=0,
           restart_to_first_answer_max_ms=round(1000 * slowest))  # fmt: skip
    assert sum(acknowledged.values()) >= losses * 5, "void: too little load to prove anything"

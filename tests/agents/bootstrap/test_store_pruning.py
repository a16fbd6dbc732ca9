"""Pruning by hand on a laptop's store: counted first, then gone; what somebody needs stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.adapters.sqlite.instances import SqliteInstanceStore
from agents.bootstrap.store_files import SqliteStoreFiles
from agents.bootstrap.store_pruning import Counted
from agents.configuration.documents import Draft, LabelMove
from agents.configuration.instances import Ack
from agents.configuration.retention import Retention
from agents.errors import InvalidError

if TYPE_CHECKING:
    from pathlib import Path

KEY, LAYER = "agent/sql", "base"
KEEP = Retention(versions=3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store of ten versions from 200 days ago; 2 has a label, and an instance runs 4."""
    path = tmp_path / "configuration.db"
    now = datetime.now(UTC)
    store = SqliteConfigStore(path, tenant="default", clock=lambda: now - timedelta(days=200))
    for number in range(10):
        store.append([Draft(key=KEY, layer=LAYER, content={"n": number}, author="o", message="", expected=number)])
    store.append([LabelMove(key=KEY, layer=LAYER, label="tried", number=2, expected=0, author="o")])
    store.close()
    instances = SqliteInstanceStore(tmp_path / "instances.db", tenant="default", clock=lambda: now)
    ack = Ack(
        instance="i", key=KEY, digest="sha256:x", versions={f"{KEY}@{LAYER}": 4}, cursor="", status="applied",
        at=now, seen_at=now,
    )  # fmt: skip
    instances.ack([ack])
    instances.close()
    return path


def test_what_nothing_needs_is_counted_and_then_forgotten(path: Path) -> None:
    """Five of ten: the newest three, the labelled and the one that runs stay."""
    files = SqliteStoreFiles(path)
    assert files.prune(KEEP, forget=False) == {(KEY, LAYER): 5}
    assert len(_numbers(path)) == 10
    assert files.prune(KEEP, forget=True) == {(KEY, LAYER): 5}
    assert _numbers(path) == [10, 9, 8, 4, 2]
    assert files.prune(KEEP, forget=True) == {}


def test_nothing_is_forgotten_that_could_not_be_written_down(path: Path) -> None:
    """The document is told before, and whoever cannot write that down ends it."""
    store = SqliteConfigStore(path, tenant="default", clock=lambda: datetime.now(UTC))

    def refuse(key: str) -> None:
        raise InvalidError(key)

    with pytest.raises(InvalidError, match=KEY):
        Counted(store, refuse).prune(KEY, LAYER, [1])
    store.close()
    assert len(_numbers(path)) == 10


def _numbers(path: Path) -> list[int]:
    store = SqliteConfigStore(path, tenant="default", clock=lambda: datetime.now(UTC))
    found = [one.number for one in store.history(KEY, LAYER, before=None, limit=100)]
    store.close()
    return found

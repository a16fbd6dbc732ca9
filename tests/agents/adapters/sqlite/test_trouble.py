"""A store that is full, damaged, or copied while it is used."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from agents.adapters.sqlite.backup import backup, restore_backup
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.adapters.sqlite.connection import Database
from agents.configuration.documents import START, Draft
from agents.errors import ConflictError, InvalidError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.configuration.documents import Content

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)


def draft(n: int, *, key: str = "agent/a", expected: int | None = None) -> Draft:
    number = n - 1 if expected is None else expected
    content: Content = {"n": n, "text": "What the agent is told. " * 20}
    return Draft(key=key, layer="base", content=content, author="a", message="m", expected=number)


def store_at(path: Path) -> SqliteConfigStore:
    return SqliteConfigStore(path, tenant="default", clock=lambda: NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "configuration.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteConfigStore]:
    store = store_at(path)
    yield store
    store.close()


def spoil(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE version SET content = x'000003ffffff' WHERE id & 0xffffffff = 3",
        "UPDATE version SET digest = zeroblob(32) WHERE id & 0xffffffff = 3",
        "UPDATE version SET content = 'text' WHERE id & 0xffffffff = 3",
        "UPDATE version SET form = 1 WHERE id & 0xffffffff = 3",
    ],
    ids=["no delta", "another digest", "a text", "another form"],
)
def test_a_damaged_version_is_an_error_and_the_others_are_read(
    path: Path, store: SqliteConfigStore, statement: str
) -> None:
    """What would be applied is never wrong content; heads, later versions and other documents go on."""
    for n in range(1, 6):
        store.append([draft(n), draft(n, key="agent/b")])
    spoil(path, statement + " AND id >> 32 = 1")
    with pytest.raises(UnavailableError, match=r"version 3 of .* damaged"):
        store.history("agent/a", "base", before=4, limit=1)
    assert [one.number for one in store.history("agent/a", "base", before=None, limit=2)] == [5, 4]
    assert len(store.history("agent/b", "base", before=None, limit=9)) == 5
    assert store.append([draft(6)]).versions[0].number == 6


def test_a_damaged_head_is_an_error(path: Path, store: SqliteConfigStore) -> None:
    """Also when it is still JSON."""
    store.append([draft(1)])
    spoil(path, "UPDATE head SET text = '{}'")
    for read in (lambda: store.heads([("agent/a", "base")]), store.heads):
        with pytest.raises(UnavailableError, match="backup"):
            read()


def test_works_that_fail_undo_themselves_alone(path: Path) -> None:
    """Of works that share a transaction, the conflicting ones leave nothing and the others all they wrote."""
    database = Database(path, "CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY)")
    together = threading.Barrier(24)

    def put(n: int) -> bool:
        def work(connection: sqlite3.Connection) -> int:
            connection.execute("INSERT INTO t VALUES (?)", (n,))
            if n % 3 == 0:
                raise ConflictError("late")
            if n % 3 == 1:
                connection.execute("INSERT INTO t VALUES (?)", (n,))  # what the table refuses
            return n

        together.wait()
        try:
            return database.commit(work) == n
        except (ConflictError, UnavailableError):
            return False

    with ThreadPoolExecutor(24) as pool:
        assert list(pool.map(put, range(24))) == [n % 3 == 2 for n in range(24)]
    with database.read() as connection:
        assert connection.execute("SELECT n FROM t").fetchall() == [(n,) for n in range(24) if n % 3 == 2]
    database.close()


def test_works_that_wait_share_a_transaction(path: Path) -> None:
    """While one syncs, the others gather: a hundred are a few transactions."""
    database = Database(path, "CREATE TABLE IF NOT EXISTS t (n INTEGER)")
    entered, go = threading.Event(), threading.Event()
    done = ThreadPoolExecutor(41)

    def first(connection: sqlite3.Connection) -> None:
        entered.set()
        go.wait(10)

    leader = done.submit(database.commit, first)
    assert entered.wait(10)
    seen: list[int] = []
    rest = [done.submit(database.commit, lambda c: seen.append(c.total_changes)) for _ in range(40)]
    while len(database._group._waiting) < 40:
        threading.Event().wait(0.001)
    go.set()
    for each in [leader, *rest]:
        each.result(timeout=10)
    done.shutdown()
    assert len(seen) == 40
    database.close()


def test_a_backup_is_one_moment_of_a_store_that_is_written(
    path: Path, store: SqliteConfigStore, tmp_path: Path
) -> None:
    """Writers do not wait for it, and it holds every append whole or not at all."""
    stop = threading.Event()

    def write() -> int:
        n = 0
        while not stop.is_set() or n < 20:
            n += 1
            store.append([draft(n), draft(n, key="agent/b")])
        return n

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(write)
        while not store.heads():
            threading.Event().wait(0.001)
        for n in range(3):
            backup(path, tmp_path / f"backup{n}.db")
        stop.set()
        assert writer.result(timeout=30) >= 20
    for n in range(3):
        target = tmp_path / f"restored{n}.db"
        assert restore_backup(tmp_path / f"backup{n}.db", target, tenant="default", clock=lambda: NOW) == 2
        restored = store_at(target)
        a, b = restored.heads()
        assert a.number == b.number
        assert len(restored.changes(after=START, limit=9_999).items) == 2 * a.number
        assert restored.append([draft(a.number + 1)]).versions[0].number == a.number + 1
        restored.close()
    assert not list(tmp_path.glob(".*"))


def test_nothing_is_overwritten_by_a_backup(path: Path, store: SqliteConfigStore, tmp_path: Path) -> None:
    """Neither an older backup nor a store."""
    store.append([draft(1)])
    (tmp_path / "old.db").write_text("precious")
    with pytest.raises(ConflictError, match="there already"):
        backup(path, tmp_path / "old.db")
    assert (tmp_path / "old.db").read_text() == "precious"
    with pytest.raises(ConflictError, match="there already"):
        restore_backup(path, path, tenant="default", clock=lambda: NOW)


def test_a_backup_of_what_is_no_store_is_not_made(tmp_path: Path) -> None:
    """Neither from nothing, nor from damage."""
    with pytest.raises(UnavailableError, match="was not made"):
        backup(tmp_path / "nothing.db", tmp_path / "backup.db")
    (tmp_path / "bad.db").write_bytes(b"no database" * 500)
    with pytest.raises(UnavailableError, match="was not made"):
        backup(tmp_path / "bad.db", tmp_path / "backup.db")
    with pytest.raises(InvalidError, match="no backup"):
        restore_backup(tmp_path / "bad.db", tmp_path / "store.db", tenant="default", clock=lambda: NOW)
    with pytest.raises(InvalidError, match="no file"):
        restore_backup(tmp_path / "none.db", tmp_path / "store.db", tenant="default", clock=lambda: NOW)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.db"]

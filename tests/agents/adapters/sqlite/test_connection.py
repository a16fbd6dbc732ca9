"""What is SQLite's own: the promises of every store are in tests/contract."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agents.adapters.sqlite import connection as module
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.adapters.sqlite.connection import Database
from agents.adapters.sqlite.conversations import SqliteConversationStore
from agents.configuration.documents import START, Draft
from agents.errors import UnavailableError
from agents.runtime.conversations import ConversationKey, Message

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[4]
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
SCHEMA = "CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY)"


def draft(n: int, *, key: str = "agent/a", expected: int = 0) -> Draft:
    return Draft(key=key, layer="base", content={"n": n}, author="a", message="m", expected=expected)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteConfigStore]:
    store = SqliteConfigStore(path, tenant="default", clock=lambda: NOW)
    yield store
    store.close()


def test_a_commit_is_on_the_disk_before_it_is_acknowledged(path: Path) -> None:
    """Every connection, of every thread, writes ahead and syncs in full."""
    database = Database(path, SCHEMA)

    def pragmas() -> tuple[object, object, object]:
        with database.read() as connection:
            return tuple(
                connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("journal_mode", "synchronous", "busy_timeout")
            )

    with ThreadPoolExecutor(1) as another_thread:
        assert pragmas() == another_thread.submit(pragmas).result() == ("wal", 2, 5_000)
    database.close()


def test_a_block_that_raises_writes_nothing(path: Path) -> None:
    """A transaction is undone by any error, and the connection can be used again."""
    database = Database(path, SCHEMA)

    def write_twice() -> None:
        with database.write() as connection:
            connection.execute("INSERT INTO t VALUES (1)")
            connection.execute("INSERT INTO t VALUES (1)")

    with pytest.raises(UnavailableError, match="UNIQUE"):
        write_twice()
    with database.write() as connection:
        connection.execute("INSERT INTO t VALUES (2)")
    with database.read() as connection:
        assert connection.execute("SELECT n FROM t").fetchall() == [(2,)]
    database.close()


def test_a_database_that_stays_locked_is_unavailable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another program holds the file, writes end in an error that says so, reads go on, and nothing is lost."""
    monkeypatch.setattr(module, "BUSY_TIMEOUT_S", 0.01)
    store = SqliteConfigStore(path, tenant="default", clock=lambda: NOW)
    store.append([draft(1)])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnavailableError, match=r"store\.db failed: database is locked"):
        store.append([draft(2, expected=1)])
    assert [v.number for v in store.history("agent/a", "base", before=None, limit=9)] == [1]
    other.execute("ROLLBACK")
    other.close()
    assert store.append([draft(2, expected=1)]).versions[0].number == 2
    store.close()


@pytest.mark.parametrize("content", [b"this is not a database, but it is long enough to be read as one" * 20])
def test_a_file_that_is_no_database_is_unavailable(path: Path, content: bytes) -> None:
    """Another file in the database's place is an error of ours, and the file is left alone."""
    path.write_bytes(content)
    with pytest.raises(UnavailableError):
        SqliteConfigStore(path, tenant="default", clock=lambda: NOW)
    assert path.read_bytes() == content


def test_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    """A path that cannot be opened names the file, not the machine's folders."""
    with pytest.raises(UnavailableError) as error:
        SqliteConfigStore(tmp_path / "no" / "store.db", tenant="default", clock=lambda: NOW)
    assert "store.db" in str(error.value)
    assert str(tmp_path) not in str(error.value)


def test_everything_survives_a_reopen(path: Path, store: SqliteConfigStore) -> None:
    """Heads, history, changes and cursors of a closed store are those of the one opened next."""
    store.append([draft(1), draft(1, key="agent/b")])
    cursor = store.append([draft(2, expected=1)]).cursor
    before = (store.heads([("agent/a", "base")]), store.changes(after=START, limit=9), store.tail())
    store.close()
    again = SqliteConfigStore(path, tenant="default", clock=lambda: NOW)
    assert (again.heads([("agent/a", "base")]), again.changes(after=START, limit=9), again.tail()) == before
    assert again.changes(after=cursor, limit=9).items == ()
    assert again.append([draft(3, expected=2)]).versions[0].number == 3
    again.close()


def test_conversations_survive_a_reopen(path: Path) -> None:
    """What was said is there after a restart."""
    key = ConversationKey(tenant="default", subject="wanda", conversation_id="c")
    said = Message(message_id="0190", role="user", text="hello", at=NOW)
    store = SqliteConversationStore(path, clock=lambda: NOW)
    store.append(key, [said])
    store.close()
    again = SqliteConversationStore(path, clock=lambda: NOW)
    assert again.window(key, limit=9) == (said,)
    again.close()


def test_tenants_of_one_file_do_not_see_each_other(path: Path, store: SqliteConfigStore) -> None:
    """Versions, changes and cursors of two tenants are numbered apart."""
    other = SqliteConfigStore(path, tenant="other", clock=lambda: NOW)
    store.append([draft(1)])
    assert other.heads([("agent/a", "base")]) == (None,)
    assert (other.tail(), other.changes(after=START, limit=9).items) == (START, ())
    assert other.append([draft(7)]).versions[0].number == 1
    assert store.heads([("agent/a", "base")])[0].content == {"n": 1}
    other.close()


WRITER = textwrap.dedent("""
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from agents.adapters.sqlite.configuration import SqliteConfigStore
    from agents.configuration.documents import Draft
    from agents.errors import ConflictError

    store = SqliteConfigStore(Path(sys.argv[1]), tenant="default", clock=lambda: datetime.now(UTC))
    print("ready", flush=True)
    sys.stdin.readline()
    won = 0
    while True:
        (head,) = store.heads([("agent/a", "base")])
        number = head.number if head else 0
        if number >= 30:
            break
        draft = Draft(key="agent/a", layer="base", content={"by": sys.argv[2], "n": number}, author="", message="",
                      expected=number)
        try:
            store.append([draft])
            won += 1
        except ConflictError:
            pass
    print(won, flush=True)
""")


def test_processes_that_write_at_once_leave_no_gap_and_no_loss(path: Path, store: SqliteConfigStore) -> None:
    """Three processes race for thirty versions: each has one winner, and the log tells all of them in order."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(n)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )
        for n in range(3)
    ]  # fmt: skip
    assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * 3
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    won = [int(writer.communicate(timeout=30)[0]) for writer in writers]
    assert sum(won) == 30
    history = store.history("agent/a", "base", before=None, limit=99)
    assert [version.number for version in reversed(history)] == list(range(1, 31))
    assert [version.content["n"] for version in reversed(history)] == list(range(30))
    assert [sum(v.content["by"] == str(n) for v in history) for n in range(3)] == won
    assert [change.number for change in store.changes(after=START, limit=99).items] == list(range(1, 31))


def test_threads_that_come_and_go_leave_no_open_files(path: Path) -> None:
    """A server's workers end and new ones start; what they used is used again or closed."""
    database = Database(path, SCHEMA)

    def touch(_: int) -> None:
        with database.read() as connection:
            connection.execute("SELECT count(*) FROM t").fetchone()

    def open_files() -> int:
        targets = [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
        return sum(target.startswith(str(path)) for target in targets)

    for _ in range(10):
        with ThreadPoolExecutor(20) as burst:
            list(burst.map(touch, range(100)))
    # SQLite itself keeps a few closed files for the next connection, as long as another one holds a lock.
    assert open_files() <= 3 * 20, "more than one burst had open at once"
    database.close()
    assert open_files() == 0


def test_a_connection_that_failed_is_not_used_again(path: Path) -> None:
    """After an error of SQLite the next reader gets a connection that works."""
    database = Database(path, SCHEMA)
    with pytest.raises(UnavailableError), database.read() as connection:
        connection.execute("SELECT nonsense FROM nowhere")
    with database.read() as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
    database.close()


def test_a_file_that_is_not_to_be_made_is_not(path: Path) -> None:
    """Whoever opens a store again while its backup is put back must not come before it with an empty one."""
    with pytest.raises(UnavailableError):
        SqliteConfigStore(path, tenant="default", clock=lambda: NOW, make=False)
    assert not path.exists()
    SqliteConfigStore(path, tenant="default", clock=lambda: NOW).append([draft(1)])
    (found,) = SqliteConfigStore(path, tenant="default", clock=lambda: NOW, make=False).heads()
    assert found is not None
    assert found.content == {"n": 1}

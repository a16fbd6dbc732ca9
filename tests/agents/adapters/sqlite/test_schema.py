"""A file of any older layout becomes one of today's, once, whole or not at all."""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agents.adapters.sqlite import schema
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.configuration.cursors import Place, position
from agents.configuration.documents import START, Draft, canonical, digest
from agents.errors import SetupError, UnavailableError

if TYPE_CHECKING:
    from agents.configuration.documents import Content

LAYOUTS = Path(__file__).parent / "layouts"
NOW = datetime(2026, 6, 30, 12, 0, 0, 123000, tzinfo=UTC)
TENANTS = ("default", "other")
ADDRESSES = (("agent/inventory", "base"), ("agent/inventory", "env:dev"), ("agent/sql", "base"))
VERSIONS = 70


def content(n: int) -> Content:
    return {"n": n, "text": "Zürich " * 20, "list": [1, 1.0, True, None, {"deep": n % 3}]}


def fill_0(connection: sqlite3.Connection) -> None:
    """As the program of layout 0 wrote: a row for each version, a row for each change."""
    for tenant in TENANTS:
        sequence = 0
        parents = dict.fromkeys(ADDRESSES, "")
        for n in range(1, VERSIONS + 1):
            for key, layer in ADDRESSES:
                sequence += 1
                at = (NOW + timedelta(seconds=sequence)).isoformat()
                value = content(n)
                text = canonical(value).decode()
                row = (tenant, key, layer, n, digest(value), parents[key, layer], "olga", f"m{n}", at, text)
                connection.execute("INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
                connection.execute(
                    "INSERT INTO change VALUES (?, ?, ?, ?, ?, ?)", (tenant, sequence, key, layer, n, at)
                )
                parents[key, layer] = digest(value)


def fill_1(connection: sqlite3.Connection) -> None:
    """As the program of layout 1 wrote: documents by number, the newest text beside its version."""
    since = datetime(1970, 1, 1, tzinfo=UTC)
    document = 0
    for tenant in TENANTS:
        numbers = {}
        for key, layer in ADDRESSES:
            document += 1
            numbers[key, layer] = document
            connection.execute("INSERT INTO document VALUES (?, ?, ?, ?)", (document, tenant, key, layer))
            connection.execute("INSERT INTO head VALUES (?, ?)", (document, canonical(content(VERSIONS)).decode()))
        sequence = 0
        parents = dict.fromkeys(ADDRESSES, b"")
        for n in range(1, VERSIONS + 1):
            for address, number in numbers.items():
                sequence += 1
                at = (NOW + timedelta(seconds=sequence) - since) // timedelta(microseconds=1)
                text = canonical(content(n))
                hashed = bytes.fromhex(digest(content(n)).removeprefix("sha256:"))
                form, kept = (1, zlib.compress(text)) if n < VERSIONS else (0, b"")
                row = ((number << 32) + n, hashed, parents[address], "olga", f"m{n}", at, form, kept)
                connection.execute("INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
                connection.execute("INSERT INTO change VALUES (?, ?, ?, ?, ?, '')", (tenant, sequence, number, n, at))
                parents[address] = hashed


FILL = {0: fill_0, 1: fill_1}


def old_file(path: Path, layout: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((LAYOUTS / f"{layout}.sql").read_text())
        FILL[layout](connection)
        connection.commit()


def store_of(path: Path, tenant: str = "default") -> SqliteConfigStore:
    return SqliteConfigStore(path, tenant=tenant, clock=lambda: NOW)


def test_there_is_a_file_of_each_older_layout() -> None:
    """Who adds a migration adds the layout that it starts from."""
    assert sorted(int(path.stem) for path in LAYOUTS.glob("*.sql")) == sorted(FILL) == list(
        range(len(schema._MIGRATIONS))
    )  # fmt: skip


@pytest.mark.parametrize("layout", FILL)
@pytest.mark.parametrize("tenant", TENANTS)
def test_a_file_of_an_older_layout_is_read_as_it_was(tmp_path: Path, layout: int, tenant: str) -> None:
    """Every version, number, digest, time and change is there, and the next append goes on from them."""
    path = tmp_path / "configuration.db"
    old_file(path, layout)
    store = store_of(path, tenant)
    for key, layer in ADDRESSES:
        history = store.history(key, layer, before=None, limit=999)
        assert [(one.number, one.content) for one in history] == [(n, content(n)) for n in range(VERSIONS, 0, -1)]
        assert all(json.dumps(one.content) == json.dumps(content(one.number), sort_keys=True) for one in history)
        assert [one.digest for one in history[1:]] == [one.parent for one in history[:-1]]
        assert (history[-1].parent, history[0].author, history[0].message) == ("", "olga", f"m{VERSIONS}")
    changes = store.changes(after=START, limit=999)
    assert [change.cursor for change in changes.items] == [str(n + 1) for n in range(3 * VERSIONS)]
    assert [change.at for change in changes.items] == [NOW + timedelta(seconds=n + 1) for n in range(3 * VERSIONS)]
    assert changes.items[-1].at == store.heads([ADDRESSES[-1]])[0].created_at
    draft = Draft(key="agent/sql", layer="base", content={}, author="o", message="", expected=VERSIONS)
    appended = store.append([draft])
    assert position(appended.cursor) == Place(3 * VERSIONS + 1, position(appended.cursor).mark)
    # A cursor from before the update goes on; what comes after it is told with a mark.
    assert [one.cursor for one in store.changes(after=str(3 * VERSIONS), limit=9).items] == [appended.cursor]
    assert position(appended.cursor).mark
    store.close()


def test_eight_who_open_an_old_file_at_once_migrate_it_once(tmp_path: Path) -> None:
    """A server and a command start together after an update."""
    path = tmp_path / "configuration.db"
    old_file(path, 0)
    together = threading.Barrier(8)

    def open_it(_: int) -> int:
        together.wait()
        store = store_of(path)
        try:
            return len(store.history(*ADDRESSES[0], before=None, limit=999))
        finally:
            store.close()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(open_it, range(8))) == [VERSIONS] * 8


def test_a_migration_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    """Half a migration is none: what was wrong can be mended, and the file opened again."""
    path = tmp_path / "configuration.db"
    old_file(path, 0)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE request (x)")
        connection.commit()
    with pytest.raises(UnavailableError, match="request already exists"):
        store_of(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM version WHERE tenant = 'default'").fetchone() == (210,)
        assert connection.execute("PRAGMA user_version").fetchone() == (0,)
        connection.execute("DROP TABLE request")
        connection.commit()
    store = store_of(path)
    assert len(store.history(*ADDRESSES[0], before=None, limit=999)) == VERSIONS
    store.close()


def test_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    """An old program does not guess."""
    path = tmp_path / "configuration.db"
    store_of(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.commit()
    with pytest.raises(SetupError, match="newer program"):
        store_of(path)


def test_a_file_of_this_layout_opens_while_another_program_writes(tmp_path: Path) -> None:
    """Opening to read needs no lock."""
    path = tmp_path / "configuration.db"
    store_of(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        store = store_of(path)
        assert store.heads() == ()
        store.close()
        other.execute("ROLLBACK")

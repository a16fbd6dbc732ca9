"""Putting a store back: whole or not at all, never mixed with what another left, never under one that is used."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agents.adapters.sqlite.backup import backup, new_file
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.adapters.sqlite.holding import alone
from agents.bootstrap.store_files import SqliteStoreFiles
from agents.configuration.documents import START, Draft
from agents.errors import ConflictError, GapError, InvalidError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
KEY = "agent/a"


def store_at(path: Path) -> SqliteConfigStore:
    return SqliteConfigStore(path, tenant="default", clock=lambda: NOW)


def publish(store: SqliteConfigStore, *texts: str) -> None:
    for text in texts:
        (head,) = store.heads([(KEY, "base")])
        number = head.number if head else 0
        store.append([Draft(key=KEY, layer="base", content={"t": text}, author="o", message="m", expected=number)])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose store has one version."""
    home = tmp_path / "home"
    home.mkdir()
    with closing(store_at(home / "configuration.db")) as store:
        publish(store, "kept")
    return home


@pytest.fixture
def kept(home: Path, tmp_path: Path) -> Path:
    """A backup of it."""
    backup(home / "configuration.db", tmp_path / "kept.db")
    return tmp_path / "kept.db"


def exported(home: Path) -> list[str]:
    return list(SqliteStoreFiles(home / "configuration.db").export())


@pytest.fixture(params=["restore", "import"])
def way(request: pytest.FixtureRequest, home: Path, kept: Path) -> Callable[[SqliteStoreFiles], int]:
    """Puts the store of one version back, in either way."""
    lines = exported(home)
    return (lambda files: files.restore(kept)) if request.param == "restore" else (lambda files: files.load(lines))


CRASHED = """
import os, sys
from tests.agents.adapters.sqlite.test_backup import publish, store_at
from pathlib import Path
publish(store_at(Path(sys.argv[1])), *(f"after the backup {n}" for n in range(30)))
os.kill(os.getpid(), 9)
"""


def test_what_a_crash_left_is_not_mixed_into_a_store(home: Path, way: Callable[[SqliteStoreFiles], int]) -> None:
    """SQLite reads a log of changes beside a file as the file's own, so whoever moves a store moves all of it."""
    path = home / "configuration.db"
    root = Path(__file__).parents[4]
    subprocess.run([sys.executable, "-c", CRASHED, path], cwd=root, check=False)
    path.rename(home / "old.db")
    left = home / "configuration.db-wal"
    assert left.stat().st_size > 0
    with pytest.raises(ConflictError, match="db-wal is there already") as caught:
        way(SqliteStoreFiles(path))
    assert "Move it" in (caught.value.fix or "")
    assert not path.exists()
    with pytest.raises(UnavailableError, match="holds what was written last"):
        store_at(path)  # an empty file in its place, and SQLite would delete what is left
    assert left.stat().st_size > 0
    left.rename(home / "old.db-wal")
    (home / "configuration.db-shm").unlink()
    assert way(SqliteStoreFiles(path)) == 1
    with closing(store_at(path)) as store:
        assert [one.number for one in store.history(KEY, "base", before=None, limit=99)] == [1]
    with closing(store_at(home / "old.db")) as store:
        assert store.history(KEY, "base", before=None, limit=1)[0].number == 31


def test_no_store_is_put_where_a_program_uses_one(home: Path, way: Callable[[SqliteStoreFiles], int]) -> None:
    """It writes on into the file that was moved away, and opens the new one beside it."""
    path = home / "configuration.db"
    user = store_at(path)
    user.tail()
    away = home.parent / "away"
    away.mkdir()
    for each in home.iterdir():
        each.rename(away / each.name)
    with pytest.raises(ConflictError, match="a program uses the store"):
        way(SqliteStoreFiles(path))
    assert list(home.iterdir()) == []
    user.close()
    assert way(SqliteStoreFiles(path)) == 1


def test_no_program_opens_a_store_that_is_being_put_back(home: Path) -> None:
    with alone(home), pytest.raises(UnavailableError, match="a store is being put into home"):
        store_at(home / "configuration.db")
    store_at(home / "configuration.db").close()


def test_a_store_that_cannot_be_opened_holds_nothing(tmp_path: Path) -> None:
    """Else the backup that mends it could not be put back while a server runs on the last good configuration."""
    (tmp_path / "configuration.db").write_bytes(b"no database" * 500)
    with pytest.raises(UnavailableError):
        store_at(tmp_path / "configuration.db")
    with alone(tmp_path):
        pass


def _other_text(copy: sqlite3.Connection) -> None:
    copy.execute("UPDATE head SET text = replace(text, 'kept', 'lies')")


def _no_version(copy: sqlite3.Connection) -> None:
    copy.execute("INSERT INTO label VALUES (1, 'stable', 7)")


def _no_store(copy: sqlite3.Connection) -> None:
    copy.execute("DROP TABLE version")


@pytest.mark.parametrize("spoil", [_other_text, _no_version, _no_store])
def test_a_backup_that_is_not_whole_is_refused(
    home: Path, kept: Path, spoil: Callable[[sqlite3.Connection], None], tmp_path: Path
) -> None:
    """What SQLite takes for a sound file may still say what nobody published; nothing is there afterwards."""
    with closing(sqlite3.connect(kept)) as copy:
        spoil(copy)
        copy.commit()
    target = tmp_path / "new"
    target.mkdir()
    with pytest.raises(InvalidError):
        SqliteStoreFiles(target / "configuration.db").restore(kept)
    assert list(target.iterdir()) == []


def test_copies_are_for_their_owner(home: Path, kept: Path, way: Callable[[SqliteStoreFiles], int]) -> None:
    """Documents say how a company works: 0600, whatever the umask."""
    (home / "configuration.db").unlink()
    before = os.umask(0)
    try:
        assert way(SqliteStoreFiles(home / "configuration.db")) == 1
        backup(home / "configuration.db", home / "again.db")
    finally:
        os.umask(before)
    for path in (home / "configuration.db", home / "again.db", kept):
        assert path.stat().st_mode & 0o777 == 0o600


def test_a_follower_of_what_was_lost_reads_everything_again(home: Path, kept: Path) -> None:
    """The file that is put back goes on under numbers that were seen already."""
    path = home / "configuration.db"
    with closing(store_at(path)) as store:
        publish(store, "lost")
        seen = store.tail()
    path.unlink()
    SqliteStoreFiles(path).restore(kept)
    with closing(store_at(path)) as store:
        publish(store, "new")
        with pytest.raises(GapError):
            store.changes(after=seen, limit=9)
        assert len(store.changes(after=START, limit=9).items) == 2


def test_what_a_killed_restore_left_is_in_nobodys_way(home: Path, kept: Path) -> None:
    """It made its file in a folder of its own."""
    shutil.copytree(home, home.parent / "copy")
    (home.parent / "copy").rename(home / ".configuration.db-x")
    (home / "configuration.db").unlink()
    assert SqliteStoreFiles(home / "configuration.db").restore(kept) == 1


def test_a_file_that_comes_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "store.db"

    def make() -> None:
        with new_file(target) as part:
            store_at(part).close()
            target.write_text("precious")

    with pytest.raises(ConflictError, match="there already"):
        make()
    assert target.read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["store.db"]

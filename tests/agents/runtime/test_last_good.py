"""An agent that starts while the store is away runs what it last knew, and nothing that somebody else wrote."""

from __future__ import annotations

import json
import os
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from agents.configuration.layers import effective
from agents.errors import SetupError, UnavailableError
from agents.runtime.acks import Acks
from agents.runtime.follow import Follower
from agents.runtime.follow_source import StoreSource
from agents.runtime.last_good import LastGood, key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from agents.adapters.sqlite.configuration import SqliteConfigStore
    from agents.configuration.documents import Changes, Content, Version
    from agents.configuration.instances import Ack
    from agents.configuration.layers import Effective

    Publish = Callable[..., Version]

KEY = bytes(32)


class Away:
    """A store that cannot be reached."""

    def tail(self) -> str:
        raise UnavailableError("nobody answers")


class Cut:
    """A store that is away until somebody sees to it."""

    def __init__(self, store: SqliteConfigStore) -> None:
        self._store = store
        self.cut = True

    def tail(self) -> str:
        if self.cut:
            raise UnavailableError("nobody answers")
        return self._store.tail()

    def changes(self, *, after: str, limit: int) -> Changes:
        return self._store.changes(after=after, limit=limit)

    def heads(self, addresses: Sequence[tuple[str, str]]) -> tuple[Version | None, ...]:
        return self._store.heads(addresses)

    def history(self, key: str, layer: str, *, before: int | None, limit: int) -> tuple[Version, ...]:
        return self._store.history(key, layer, before=before, limit=limit)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "last-good"


@pytest.fixture
def last_good(folder: Path) -> LastGood:
    return LastGood(folder, key=KEY, scope="default/dev")


@pytest.fixture
def kept(last_good: LastGood, store: SqliteConfigStore) -> str:
    """The digest of agent/sql, as a process that has ended kept it."""
    follower = Follower(store, agents=("inventory", "sql"), environment="dev", last_good=last_good)
    return follower.snapshot()["sql"].digest


def started_away(last_good: LastGood) -> Follower:
    return Follower(Away(), agents=("inventory", "sql"), environment="dev", last_good=last_good)  # type: ignore[arg-type]  # what it reads


def test_a_start_without_the_store_runs_what_was_kept(last_good: LastGood, kept: str) -> None:
    """Every agent, by the same digest."""
    snapshot = started_away(last_good).snapshot()
    assert set(snapshot) == {"inventory", "sql"}
    assert snapshot["sql"].digest == kept


def test_what_was_kept_gives_way_to_the_store(
    last_good: LastGood, kept: str, store: SqliteConfigStore, publish: Publish
) -> None:
    """Once it is there again."""
    publish("agent/sql", {"parameters": {"rows": 9}})
    follower = started_away(last_good)
    assert follower.snapshot()["sql"].config.parameters["rows"] == 5
    follower._source = StoreSource(store, environment="dev", instance=None)
    assert follower.snapshot()["sql"].config.parameters["rows"] == 9
    assert started_away(last_good).snapshot()["sql"].config.parameters["rows"] == 9


def test_the_disk_never_takes_the_place_of_what_another_turn_loaded(
    kept: str, folder: Path, store: SqliteConfigStore
) -> None:
    """One turn's look fails; while it reads the disk, another finds the store back. The store's counts, and is said."""
    line = Cut(store)
    said: dict[str, Ack] = {}

    class Meanwhile(LastGood):
        """Lets another turn look, and waits for it unless that one waits for this."""

        def read(self, name: str) -> Effective | None:
            found = super().read(name)
            if name == "sql":
                line.cut = False
                other.start()
                if not follower._loading.locked():
                    other.join()
            return found

    class Ledger:
        def ack(self, acks: Sequence[Ack]) -> None:
            said.update({ack.key: ack for ack in acks})

    follower = Follower(
        line,  # type: ignore[arg-type]  # what it reads
        agents=("inventory", "sql"),
        environment="dev",
        last_good=Meanwhile(folder, key=KEY, scope="default/dev"),
        acks=Acks(Ledger(), instance="i-1", now=lambda: datetime.now(UTC), clock=time.monotonic),
    )
    other = threading.Thread(target=follower.refresh)
    publish_behind(store, {"parameters": {"rows": 9}})
    follower.refresh()
    other.join()
    runs = follower.current()["sql"]
    assert (runs.config.parameters["rows"], runs.digest == kept) == (9, False)
    follower.tell()
    assert (said["agent/sql"].status, said["agent/sql"].digest) == ("applied", runs.digest)


def test_what_is_not_valid_is_not_kept(
    last_good: LastGood, kept: str, store: SqliteConfigStore, publish: Publish, folder: Path
) -> None:
    """Nor does it take away what was."""
    follower = Follower(store, agents=("inventory", "sql"), environment="dev", last_good=last_good)
    follower.snapshot()
    publish_behind(store, {"limits": {"turns": -1}})
    follower.snapshot()
    assert started_away(last_good).snapshot()["sql"].digest == kept


def publish_behind(store: SqliteConfigStore, content: Content) -> None:
    from agents.configuration.documents import Draft

    store.append([Draft(key="agent/sql", layer="env:dev", content=content, author="", message="", expected=0)])


def _flip(data: bytes) -> bytes:
    return data.replace(b"query_data", b"drop_table")


def _resign(change: Callable[[dict[str, object]], object]) -> Callable[[bytes], bytes]:
    """A file as a program with the key would write it, of another kind."""

    def changed(data: bytes) -> bytes:
        fields = json.loads(data.partition(b"\n")[2])
        change(fields)
        text = json.dumps(fields).encode()
        return LastGood(None, key=KEY, scope="")._sign(text) + b"\n" + text  # type: ignore[arg-type]  # only signs

    return changed


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(_flip, id="tampered"),
        pytest.param(lambda data: data[: len(data) // 2], id="truncated"),
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: b"\xff\xfe\n{" + data, id="rubbish"),
        pytest.param(lambda data: data.partition(b"\n")[2], id="unsigned"),
        pytest.param(_resign(lambda fields: fields.update(format=0)), id="older format"),
        pytest.param(_resign(lambda fields: fields.update(scope="default/prod")), id="another environment"),
        pytest.param(_resign(lambda fields: fields.update(agent="inventory")), id="another agent"),
        pytest.param(_resign(lambda fields: fields.update(digest="sha256:00")), id="another digest"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_left_aside(
    last_good: LastGood, kept: str, folder: Path, damage: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    """With a warning that names it; the other agents run."""
    file = folder / "sql.json"
    file.write_bytes(damage(file.read_bytes()))
    assert set(started_away(last_good).snapshot()) == {"inventory"}
    assert f"{file} is left aside" in caplog.text


def test_another_key_fits_nothing(kept: str, folder: Path) -> None:
    """Then nothing is there to run, and that is an error."""
    other = LastGood(folder, key=b"x" * 32, scope="default/dev")
    with pytest.raises(UnavailableError, match="nobody answers"):
        started_away(other).snapshot()


def test_a_reference_is_kept_and_not_its_secret(last_good: LastGood, store: SqliteConfigStore, folder: Path) -> None:
    """A reference is kept as it stands in the document; files are their owner's only."""
    content: Content = {"parameters": {"carrier": {"$env": "CARRIER_KEY"}}}
    publish_behind(store, content)
    os.environ["CARRIER_KEY"] = "hunter2"
    try:
        Follower(store, agents=("sql",), environment="dev", last_good=last_good).snapshot()
    finally:
        del os.environ["CARRIER_KEY"]
    text = (folder / "sql.json").read_text()
    assert '{"$env":"CARRIER_KEY"}' in text
    assert "hunter2" not in text
    assert [path.stat().st_mode & 0o077 for path in folder.iterdir()] == [0]
    assert folder.stat().st_mode & 0o077 == 0


def test_a_disk_that_refuses_is_no_reason_not_to_run(
    store: SqliteConfigStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The agent runs; the log says that nothing was kept."""
    (tmp_path / "file").write_text("in the way")
    last_good = LastGood(tmp_path / "file" / "last-good", key=KEY, scope="default/dev")
    assert Follower(store, agents=("sql",), environment="dev", last_good=last_good).snapshot()
    assert "is not kept" in caplog.text


def test_a_write_leaves_nothing_half_done(
    last_good: LastGood, kept: str, folder: Path, store: SqliteConfigStore
) -> None:
    """The new file takes the place of the old one in one step."""
    found = effective("agent/sql", [store.heads([("agent/sql", "base")])[0]])
    last_good.save("sql", found)
    assert sorted(path.name for path in folder.iterdir()) == ["inventory.json", "sql.json"]
    assert last_good.read("sql") == found


def test_the_key_is_made_once_and_is_its_owners(tmp_path: Path) -> None:
    """Every process of the machine finds the same."""
    path = tmp_path / "keys" / "last-good.key"
    assert key_of(path) == key_of(path)
    assert path.stat().st_mode & 0o077 == 0
    assert [one.name for one in path.parent.iterdir()] == ["last-good.key"]
    path.chmod(0o644)
    with pytest.raises(SetupError, match="others can read it"):
        key_of(path)

"""The embedded emulator as a process: one, on loopback, found again, and ended whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agents.errors import SetupError
from delivery import emulator
from delivery.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.emulator
HERE = Places.here()
linux = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="looks into /proc, which only Linux has")


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "emulator.json"
    yield path
    emulator.stop(path)


def test_it_starts_once_and_is_found_again(record: Path) -> None:
    """A second start finds the first, also from another process, by its record."""
    first = emulator.start(HERE, record)
    assert first.healthy
    assert emulator.start(HERE, record) == first == emulator.find(record)


@linux
def test_it_listens_on_loopback_only(record: Path) -> None:
    """Nobody else on the network can reach it."""
    started = emulator.start(HERE, record)
    assert started.url.startswith("http://127.0.0.1:")
    with urllib.request.urlopen(f"{started.url}/_ministack/health", timeout=5) as answer:
        assert answer.status == 200
    port = int(started.url.rpartition(":")[2])
    table = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    listening = [row[1] for row in table if row[3] == "0A"]
    assert f"0100007F:{port:04X}" in listening
    assert f"00000000:{port:04X}" not in listening


@linux
def test_it_knows_nothing_of_the_users_environment(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions inherit its environment, so the user's secrets must not be in it."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the user's own")
    started = emulator.start(HERE, record)
    assert "the user's own" not in Path(f"/proc/{started.pid}/environ").read_text()


def test_stopping_leaves_neither_process_nor_files(record: Path, tmp_path: Path) -> None:
    """Stopping it twice, or one that was never started, is no error."""
    started = emulator.start(HERE, record)
    emulator.stop(record)
    with pytest.raises(ProcessLookupError):
        os.kill(started.pid, 0)
    assert list(tmp_path.iterdir()) == []
    emulator.stop(record)


def test_one_that_died_is_replaced(record: Path) -> None:
    """What the record says is checked, never believed."""
    first = emulator.start(HERE, record)
    os.killpg(first.pid, signal.SIGKILL)
    assert emulator.find(record) is None
    assert emulator.start(HERE, record).pid != first.pid


def test_one_that_is_slow_is_waited_for(record: Path) -> None:
    """A busy machine, or a laptop that wakes up: the same emulator, with all it holds."""
    first = emulator.start(HERE, record)
    os.kill(first.pid, signal.SIGSTOP)
    woken = threading.Timer(3, os.kill, (first.pid, signal.SIGCONT))
    woken.start()
    assert not first.healthy
    assert first.alive
    assert emulator.start(HERE, record) == first
    woken.join()


def test_one_that_does_not_answer_keeps_what_it_holds(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process and what to do are named; once it answers again all is there."""
    monkeypatch.setattr(emulator, "START_S", 1.0)
    first = emulator.start(HERE, record)
    os.kill(first.pid, signal.SIGSTOP)
    for look in (lambda: emulator.find(record), lambda: emulator.start(HERE, record)):
        with pytest.raises(SetupError, match=rf"the emulator \(pid {first.pid}\) does not answer") as caught:
            look()
        assert "qm down --stack local" in caught.value.fix
    os.kill(first.pid, signal.SIGCONT)
    assert emulator.start(HERE, record) == first
    assert Path(first.folder).is_dir()


def test_one_that_is_stopped_can_be_ended(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that takes no signal but the last one gets that."""
    monkeypatch.setattr(emulator, "STOP_S", 1.0)
    first = emulator.start(HERE, record)
    os.kill(first.pid, signal.SIGSTOP)
    emulator.stop(record)
    assert not first.alive
    assert not record.exists()


@linux
def test_one_that_nobody_waited_for_counts_as_ended() -> None:
    """Where the first process of a container collects no children, an ended emulator stays listed."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    started = Path(f"/proc/{ended.pid}/stat").read_text().rpartition(")")[2].split()[19]

    def not_ours(*_: int) -> tuple[int, int]:
        raise ChildProcessError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "waitpid", not_ours)
        assert not emulator.Emulator(pid=ended.pid, started=started, url="http://127.0.0.1:9", folder="").alive
    ended.wait()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_a_record_that_cannot_be_read_counts_as_none(record: Path, text: str) -> None:
    """A half-written file stops nobody."""
    record.write_text(text)
    assert emulator.find(record) is None
    emulator.stop(record)
    assert not record.exists()


def test_a_process_of_someone_else_is_left_alone(record: Path, tmp_path: Path) -> None:
    """The number in an old record may meanwhile be another process, here our own."""
    (tmp_path / "emulator").mkdir()
    for started in ("", "1", "Mon Jan  1 00:00:00 2001"):
        told = {
            "pid": os.getpid(),
            "started": started,
            "url": "http://127.0.0.1:9",
            "folder": str(tmp_path / "emulator"),
        }
        record.write_text(json.dumps(told))
        assert emulator.find(record) is None
    assert emulator.find(record) is None
    emulator.stop(record)


def test_one_that_does_not_start_says_why(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last line of its log, and where the log is."""
    monkeypatch.setattr(emulator, "_free_port", lambda: -1)
    with pytest.raises(SetupError, match="the emulator did not start: "):
        emulator.start(HERE, record)

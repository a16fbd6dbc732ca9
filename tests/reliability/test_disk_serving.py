"""A server whose disk is full, or whose store is broken: what it answers and refuses, and what it says of itself."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, TypeVar

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    Qm = Callable[..., subprocess.CompletedProcess[str]]
    Serve = Callable[[], AbstractContextManager["Server"]]

Found = TypeVar("Found")
QM = [sys.executable, "-m", "agents.entry.cli"]
LAYER = {"layer": "env:dev"}
UNLIMITED = resource.RLIM_INFINITY


class Server:
    """A `qm serve`, and those who talk with it."""

    def __init__(self, url: str, pid: int, token: Callable[[str], str]) -> None:
        self.pid = pid
        self._url = url
        self._token = token

    def ready(self) -> httpx.Response:
        return httpx.get(f"{self._url}/readyz", timeout=30)

    def get(self, path: str) -> httpx.Response:
        return self._send("GET", path)

    def ask(self) -> httpx.Response:
        question = {"question": "What is at its reorder point in WH01?", "agent": "inventory"}
        return self._send("POST", "/v1/ask", json=question, who="warehouse_manager")

    def put(self, turns: int, *, match: dict[str, str]) -> httpx.Response:
        body = {"content": {"limits": {"turns": turns}}, "message": "m"}
        return self._send("PUT", "/v1/configs/agent/inventory?layer=env:dev", json=body, headers=match)

    def etag(self) -> dict[str, str]:
        return {"If-Match": self.get("/v1/configs/agent/inventory?layer=env:dev").headers["etag"]}

    def _send(
        self,
        verb: str,
        path: str,
        *,
        json: object = None,
        headers: dict[str, str] | None = None,
        who: str = "operator",
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token(who)}", **(headers or {})}
        return httpx.request(verb, self._url + path, json=json, headers=headers, timeout=60)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir(0o700)
    return home


@pytest.fixture
def qm(home: Path) -> Qm:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*QM, *arguments], check=False, capture_output=True, text=True, env=os.environ | {"QM_HOME": str(home)},
            timeout=120,
        )  # fmt: skip

    return run


@pytest.fixture
def serve(home: Path, qm: Qm) -> Serve:
    tokens: dict[str, str] = {}

    def token(name: str) -> str:
        if name not in tokens:
            tokens[name] = qm("token", "--as", name).stdout.strip()
        return tokens[name]

    @contextmanager
    def serve() -> Iterator[Server]:
        process = subprocess.Popen(
            [*QM, "serve", "--port", "0"], env=os.environ | {"QM_HOME": str(home)}, stdout=subprocess.PIPE, text=True
        )
        try:
            yield Server(process.stdout.readline().split()[-1], process.pid, token)
        finally:
            process.terminate()
            assert process.wait(15) in {0, -signal.SIGTERM}
            process.stdout.close()

    return serve


def problem(answer: httpx.Response) -> str:
    return " ".join(f"{one['message']} {one['fix']}" for one in answer.json()["problems"])


def break_store(home: Path) -> None:
    """As a bad block would: nothing of it can be read any more."""
    for name in ("configuration.db-wal", "configuration.db-shm"):
        (home / name).unlink(missing_ok=True)
    (home / "configuration.db").write_bytes(b"SQLite format 3\0" + b"\x5a" * 100_000)


def test_a_full_disk_refuses_what_cannot_be_written_down_and_readiness_says_so(
    serve: Serve,
) -> None:
    """A decision is durable before its answer leaves, so nothing is answered; with room again all goes on."""
    with serve() as server:
        assert server.put(5, match={"If-None-Match": "*"}).status_code == 201
        assert (server.ask().status_code, server.ready().json()) == (200, {"status": "ready"})
        seen = server.etag()
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (4096, UNLIMITED))
        refused = [server.ask(), server.put(6, match=seen), server.get("/v1/instances")]
        assert [answer.status_code for answer in refused] == [503] * 3
        ready = until(server.ready, lambda answer: answer.status_code == 503)
        assert "the disk is full" in problem(ready)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (UNLIMITED, UNLIMITED))
        until(server.ready, lambda answer: answer.status_code == 200)
        assert server.ask().status_code == 200
        assert server.put(6, match=seen).status_code == 201, "what was refused was not stored"


def test_a_server_starts_over_a_broken_store_and_says_so(serve: Serve, qm: Qm, home: Path, tmp_path: Path) -> None:
    """Questions are answered by the last good configuration; writes say why they are refused; a backup mends it."""
    with serve() as server:
        server.put(5, match={"If-None-Match": "*"})
        ran = server.ask().json()["config_version"]
        seen = server.etag()
        until((home / "last-policy" / "policy.json").exists, bool)
    (name,) = {one[0] for one in instances(home) if one[2] == "gone"}
    assert qm("store", "backup", str(tmp_path / "backup.db")).returncode == 0
    break_store(home)
    with serve() as server:
        answer = server.ask()
        assert (answer.status_code, answer.json()["config_version"]) == (200, ran)
        ready = server.ready()
        assert ready.status_code == 200
        assert "configuration.db" in ready.json()["troubles"][0]
        refused = server.put(6, match=seen)
        assert refused.status_code == 503
        assert "configuration.db" in problem(refused)
        assert "backup" in problem(refused)
        (instance,) = [one for one in instances(home) if one[1] == "agent/inventory"]
        assert instance == (name, "agent/inventory", "rejected", ran)
        (home / "configuration.db").unlink()
        until(server.ready, lambda answer: "troubles" in answer.json())
        assert not (home / "configuration.db").exists(), "nothing is made in the place of the backup"
        for rest in home.glob("configuration.db*"):
            rest.unlink()
        done = qm("store", "restore", str(tmp_path / "backup.db"))
        assert done.returncode == 0, done.stderr
        until(server.ready, lambda answer: answer.json() == {"status": "ready"})
        assert server.put(6, match=server.etag()).status_code == 201
        assert server.ask().json()["config_version"] != ran


def test_without_a_last_good_configuration_a_broken_store_is_an_error(qm: Qm, home: Path) -> None:
    """There is nothing to run, and the error says what to do."""
    assert qm("config", "list").returncode == 0
    break_store(home)
    done = qm("serve", "--port", "0")
    assert done.returncode == 4
    assert "configuration.db" in done.stderr
    assert "backup" in done.stderr


def instances(home: Path) -> list[tuple[str, ...]]:
    """What the ledger holds; the command that shows it needs the store too."""
    with closing(sqlite3.connect(home / "instances.db")) as connection:
        return connection.execute("SELECT instance, key, status, running FROM instance").fetchall()


def until(look: Callable[[], Found], holds: Callable[[Found], bool]) -> Found:
    end = time.monotonic() + 30
    while not holds(found := look()):
        assert time.monotonic() < end, f"it did not come: {found}"
        threading.Event().wait(0.1)
    return found

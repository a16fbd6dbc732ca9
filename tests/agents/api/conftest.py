"""A real server in a process of its own, on a free port, over state of its own."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from agents.adapters.local_issuer import LocalIssuer
from tests.agents.api.config_server import ConfigServer, config_server
from tests.agents.api.probe import Probe, probed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

QM = (sys.executable, "-m", "agents.entry.cli")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def url(home: Path) -> Iterator[str]:
    server = subprocess.Popen(
        [*QM, "serve", "--port", "0"], env=os.environ | {"QM_HOME": str(home)}, stdout=subprocess.PIPE, text=True
    )
    try:
        line = server.stdout.readline()
        assert line.startswith("Serving on http://127.0.0.1:")
        yield line.split()[-1]
    finally:
        server.terminate()
        # uvicorn shuts down in order, then dies of the signal it got, as a shell expects.
        assert server.wait(10) in {0, -signal.SIGTERM}
        server.stdout.close()


@pytest.fixture(scope="module")
def token(home: Path, url: str) -> Callable[[str], str]:
    """The token of the sample's person of a persona or role; `url` comes first, so that the server made the key."""

    def of(name: str) -> str:
        done = subprocess.run(
            [*QM, "token", "--as", name],
            check=True, capture_output=True, text=True, env=os.environ | {"QM_HOME": str(home)},
        )  # fmt: skip
        return done.stdout.strip()

    return of


@pytest.fixture(scope="module")
def issue(home: Path, url: str) -> Callable[..., str]:
    """Tokens of the server's own issuer for people that the sample's command does not offer."""
    return LocalIssuer(home / "issuer.pem", clock=time.time).token


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=30) as http:
        yield http


@pytest.fixture(scope="module")
def manager(token: Callable[[str], str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {token('warehouse_manager')}"}


@pytest.fixture(scope="module")
def operator(token: Callable[[str], str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {token('operator')}"}


@pytest.fixture(scope="module")
def records(home: Path, url: str) -> Callable[..., list[dict[str, Any]]]:
    """The server's audit as it lies in its file, oldest first; of one request when its id is given."""

    def read(request_id: str | None = None) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(home / "audit.db")) as connection:
            found = [json.loads(text) for (text,) in connection.execute("SELECT record FROM audit")]
        return sorted(
            (record for record in found if request_id in {None, record["request_id"]}),
            key=lambda record: (record["at"], record["sequence"]),  # of one writer
        )

    return read


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Probe]:
    with probed(tmp_path_factory.mktemp("probe")) as found:
        yield found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ConfigServer]:
    with config_server(tmp_path) as found:
        yield found


@pytest.fixture
def http(server: ConfigServer) -> Iterator[httpx.Client]:
    with server.client("operator") as client:
        yield client


@pytest.fixture
def lead(server: ConfigServer) -> Iterator[httpx.Client]:
    with server.client("operator-lead", subject="lena") as client:
        yield client

"""A real server in a process of its own, on a free port, over state of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

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
    import time

    from agents.adapters.local_issuer import LocalIssuer

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

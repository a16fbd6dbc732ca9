"""A hundred clients that each put 2 KB if nobody else did, against etcd's transactions over its JSON gateway.

Ours is `qm serve` as people run it: token, schema and audit on, every answer synced. Both sides are called by the same
client. p99 of a commit is told on stderr.
"""

from __future__ import annotations

import asyncio
import atexit
import base64
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.adapters.local_issuer import LocalIssuer
from bench.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Of time for a hundred clients' commits: the throughput the other way round.
NAME, TARGET = "commit", Target(ratio_at_most=1.0)

CLIENTS: Final = 100
EACH: Final = 2  # commits of a client in one call
_VAR: Final = Path(__file__).parents[1] / "var"  # on the disk that stores lie on, which /tmp may not be
_TEXT: Final = "what the agent is told "
_START_S: Final = 30
_ETCD: Final = shutil.which("etcd")


class Ours:
    """Clients of `qm serve`, each with the layer of an instance of its own."""

    def __init__(self, port: int, tokens: Sequence[str]) -> None:
        self.port = port
        self._tokens = tokens  # of as many people: each may ask twenty times a second
        self._numbers = [0] * CLIENTS
        self.latencies: list[float] = []

    def request(self, client: int) -> bytes:
        number = self._numbers[client]
        expects = f'If-Match: "{number}"' if number else "If-None-Match: *"
        content = {"instructions": f"{number}: {_TEXT * 85}"}
        body = json.dumps({"content": content, "message": "a commit"})
        head = f"PUT /v1/configs/agent/inventory?layer=instance:d{client} HTTP/1.1\r\nHost: localhost\r\n{expects}"
        head += f"\r\nAuthorization: Bearer {self._tokens[client]}\r\nContent-Type: application/json"
        return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()

    def take(self, client: int, status: int, body: bytes) -> None:
        assert status == 201, body  # noqa: PLR2004 - created
        self._numbers[client] += 1


class Etcd:
    """Clients of etcd's JSON gateway, each with a key of its own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._revisions = [0] * CLIENTS
        self.latencies: list[float] = []

    def request(self, client: int) -> bytes:
        key = base64.b64encode(f"bench/d{client}".encode()).decode()
        revision = str(self._revisions[client])
        value = json.dumps({"n": int(revision), "text": _TEXT * 85}).encode()
        body = json.dumps(
            {
                "compare": [{"key": key, "target": "MOD", "result": "EQUAL", "mod_revision": revision}],
                "success": [{"request_put": {"key": key, "value": base64.b64encode(value).decode()}}],
            }
        )
        head = "POST /v3/kv/txn HTTP/1.1\r\nContent-Type: application/json\r\nHost: localhost"
        return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()

    def take(self, client: int, status: int, body: bytes) -> None:
        answer = json.loads(body)
        assert status == 200, body  # noqa: PLR2004 - ok
        assert answer["succeeded"], body
        self._revisions[client] = int(answer["header"]["revision"])


def ours() -> Callable[[], object]:
    return _commits(_our_server())


def peer() -> Callable[[], object]:
    if _ETCD is None:
        raise ImportError("etcd is not installed: apt-get install etcd-server")
    return _commits(_etcd())


def same() -> None:
    """Both keep what was put last, by everybody."""
    side = _our_server()
    _commits(side)()
    assert len(side.latencies) >= CLIENTS * EACH
    if _ETCD is not None:
        _commits(_etcd())()


def _commits(side: Ours | Etcd) -> Callable[[], object]:
    """A call is `EACH` commits of each client, all at once, on a connection that it opens: idle ones are closed."""
    loop = asyncio.new_event_loop()
    atexit.register(loop.close)
    atexit.register(lambda: _tell(side))

    async def live(client: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", side.port)
        for _ in range(EACH):
            began = time.perf_counter()
            writer.write(side.request(client))
            status, length = 0, 0
            while (line := await reader.readline()) != b"\r\n":
                if not status:
                    status = int(line.split()[1])
                elif line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            side.take(client, status, await reader.readexactly(length))
            side.latencies.append(time.perf_counter() - began)
        writer.close()
        await writer.wait_closed()

    async def everybody() -> None:
        await asyncio.gather(*(live(client) for client in range(CLIENTS)))

    return lambda: loop.run_until_complete(everybody())


def _tell(side: Ours | Etcd) -> None:
    if not side.latencies:
        return
    cuts = [1000 * cut for cut in statistics.quantiles(side.latencies, n=100)]
    name = type(side).__name__.lower()
    print(f"commit: {name} p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms of {len(side.latencies):,}", file=sys.stderr)


@cache
def _our_server() -> Ours:
    home = _folder()
    command = [sys.executable, "-c", "from agents.entry.cli import main; main()", "serve", "--port", "0"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, env={**os.environ, "QM_HOME": str(home)}, stdout=subprocess.PIPE, text=True
    )
    atexit.register(_stop, process)
    assert process.stdout is not None
    port = int(process.stdout.readline().rsplit(":", 1)[1])
    issuer = LocalIssuer(home / "issuer.pem", clock=time.time)
    tokens = [issuer.token(f"operator{client}", ["operator"]) for client in range(CLIENTS)]
    return Ours(port, tokens)


@cache
def _etcd() -> Etcd:
    ports = [_free_port() for _ in range(2)]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    process = subprocess.Popen(  # noqa: S603 - the peer
        [_ETCD or "etcd", "--data-dir", str(_folder()),
         "--listen-client-urls", urls[0], "--advertise-client-urls", urls[0],
         "--listen-peer-urls", urls[1], "--initial-advertise-peer-urls", urls[1],
         "--initial-cluster", f"default={urls[1]}", "--log-level", "error"],
        stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    atexit.register(_stop, process)
    deadline = time.monotonic() + _START_S
    while True:
        try:
            with urllib.request.urlopen(f"{urls[0]}/health", timeout=1) as answer:  # noqa: S310 - the peer
                if b"true" in answer.read():
                    return Etcd(ports[0])
        except OSError:
            pass
        assert time.monotonic() < deadline, "etcd does not start"
        time.sleep(0.05)


def _stop(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(timeout=_START_S)
    if process.stdout is not None:
        process.stdout.close()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _folder() -> Path:
    _VAR.mkdir(exist_ok=True)
    folder = tempfile.TemporaryDirectory(dir=_VAR)
    atexit.register(folder.cleanup)
    return Path(folder.name)

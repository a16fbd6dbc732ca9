"""Clients that are slow, many, or do not speak HTTP: each ends, and nobody waits for them.

On raw sockets against a real server whose time-outs are short. Nothing here sleeps but a client that drips on
purpose: a test waits for what the server does, with the socket's own time-out as its deadline.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import httpx
import pytest

from agents.cli.http_server import Limits

if TYPE_CHECKING:
    from pathlib import Path

    from tests.agents.api.probe import Probe

HEAD = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
POST = b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
LATE_S = 5  # what must end within a second has not ended then


def rest(raw: socket.socket) -> bytes:
    """All that still comes until the server ends the connection, which it must; a reset is an end too."""
    raw.settimeout(LATE_S)
    got = b""
    with suppress(ConnectionError):
        while part := raw.recv(65536):
            got += part
    return got


def drip(raw: socket.socket, data: bytes) -> bytes:
    """Sends a byte every 50 ms until the server ends the connection or has got them all; what it said."""
    until = time.monotonic() + LATE_S
    raw.settimeout(0.05)
    got = b""
    for position in range(len(data)):
        assert time.monotonic() < until, "the server still listens"
        try:
            raw.send(data[position : position + 1])
            if not (part := raw.recv(65536)):
                return got
            got += part
        except TimeoutError:
            continue
        except ConnectionError:
            return got
    return got + rest(raw)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def answer_one(raw: socket.socket) -> httpx.Response:
    """One answer, the connection stays."""
    raw.settimeout(LATE_S)
    got = b""
    while b"\r\n\r\n" not in got:
        got += raw.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    while len(body) < int(headers.get("content-length", "0")):
        body += raw.recv(65536)
    return httpx.Response(int(lines[0].split()[1]), headers=headers, content=body)


def bearer(probe: Probe, *groups: str) -> bytes:
    return b"Authorization: " + probe.bearer(*groups)["Authorization"].encode() + b"\r\n"


@pytest.mark.parametrize(
    "sent",
    [b"", b"G", b"GET /healthz HTTP/1.1\r\n", HEAD, HEAD + b"X-Half: "],
    ids=["none", "G", "line", "head", "half"],
)
def test_a_head_that_never_ends_is_not_waited_for(probe: Probe, sent: bytes) -> None:
    """Neither on a new connection nor after an answer."""
    with probe.connect() as raw:
        raw.sendall(sent)
        assert rest(raw) == b""
    with probe.connect() as raw:
        raw.sendall(HEAD + b"\r\n")
        assert answer_one(raw).status_code == 200
        raw.sendall(sent)
        assert rest(raw) == b""


def test_a_head_that_drips_is_not_waited_for(probe: Probe) -> None:
    """Each byte is in time; the whole is not."""
    with probe.connect() as raw:
        assert drip(raw, HEAD + b"X-Long: " + b"a" * 1_000) == b""


def test_a_body_that_drips_is_answered_by_408(probe: Probe) -> None:
    """The time is for the whole of it, and the connection ends with it."""
    with probe.connect() as raw:
        raw.sendall(POST + bearer(probe) + b"Content-Length: 1000\r\n\r\n")
        answer = drip(raw, b"a" * 1_000)
    assert status(answer) == 408
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "invalid"


def test_a_body_that_never_comes_is_answered_by_408(probe: Probe) -> None:
    with probe.connect() as raw:
        raw.sendall(POST + bearer(probe) + b"Content-Length: 10\r\n\r\n{")
        assert status(rest(raw)) == 408


def test_a_body_that_nobody_reads_is_not_waited_for(probe: Probe) -> None:
    """Who is nobody is told so at once, and then has a moment to end."""
    with probe.connect() as raw:
        raw.sendall(POST + b"Content-Length: 1000\r\n\r\n")
        assert answer_one(raw).status_code == 401
        assert drip(raw, b"a" * 1_000) == b""


def test_a_refused_body_that_comes_leaves_the_connection_usable(probe: Probe) -> None:
    with probe.connect() as raw:
        raw.sendall(POST + b"Content-Length: 1000\r\n\r\n")
        assert answer_one(raw).status_code == 401
        raw.sendall(b"a" * 1_000 + HEAD + b"\r\n")
        assert answer_one(raw).status_code == 200


def test_an_answer_that_nobody_reads_is_not_kept(probe: Probe) -> None:
    """Four megabytes that are not read end with the connection, and with what waited to send them."""
    with probe.connect() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.sendall(b"GET /v1/configs/agent/large HTTP/1.1\r\nHost: 127.0.0.1\r\n" + bearer(probe, "viewer") + b"\r\n")
        raw.settimeout(LATE_S)
        assert raw.recv(1)
        # The end shows without reading: the server resets, and the socket becomes ready for an error.
        until = time.monotonic() + LATE_S
        while not raw.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            assert time.monotonic() < until, "the server still waits"
            with suppress(ConnectionError):
                raw.send(b"x")
            time.sleep(0.02)


def test_1000_headers(probe: Probe) -> None:
    with probe.connect() as raw:
        raw.sendall(HEAD + b"".join(b"X-%d: a\r\n" % number for number in range(1_000)) + b"\r\n")
        assert answer_one(raw).status_code == 431


def test_a_header_of_64_kb(probe: Probe) -> None:
    """At once, or in parts of which each looks like a beginning."""
    with probe.connect() as raw:
        raw.sendall(HEAD + b"X-Long: " + b"a" * 65_536 + b"\r\n\r\n")
        assert rest(raw)[9:12] in {b"431", b"400", b""}
    with probe.connect() as raw:
        with suppress(ConnectionError):
            for _ in range(64):
                raw.sendall(HEAD * 10)
                raw.sendall(b"X-Long: " + b"a" * 1_024)
        assert rest(raw)[9:12] in {b"431", b"400", b""}
    assert probe.request("GET", "/healthz").status_code == 200


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        (b"GET /" + b"a" * 8_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n", 414),
        (b"GET /healthz?" + b"a" * 8_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n", 414),
        (b"GET /healthz HTTP/1.1\r\n", 400),
        (HEAD + b"Host: localhost\r\n", 400),
        (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n", 400),
        (HEAD + b"Content-Length: -1\r\n", 400),
        (HEAD + b"Content-Length: 0x10\r\n", 400),
        (HEAD + b"Content-Length: " + b"9" * 5_000 + b"\r\n", 400),
        (HEAD + b"Content-Length: 99999999\r\n", 413),
        (HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
        (HEAD + b"Transfer-Encoding: gzip, chunked\r\n", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
        (HEAD + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n", 400),
        (HEAD + b"X-Name: caf\xc3\xa9\r\n", 400),
        (HEAD + b"X-Name: a\x00b\r\n", 400),
        (HEAD + b"X Name: a\r\n", 400),
        (HEAD + b"X-Name: a\r\n folded\r\n", 200),
        (b"GET /%00 HTTP/1.1\r\nHost: 127.0.0.1\r\n", 400),
        (b"GET /v1/configs/agent/a%0d%0aSet-Cookie:x HTTP/1.1\r\nHost: 127.0.0.1\r\n", 400),
        (b"GET http://evil.example/healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n", 404),
        (b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\n", 421),
        (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1, evil.example\r\n", 421),
        (b"GET /healthz HTTP/1.1\r\nHost: \r\n", 421),
    ],
    ids=lambda value: str(value)[-40:],
)
def test_a_head_that_is_not_clear(probe: Probe, head: bytes, wanted: int) -> None:
    """Each is refused as a problem, with what every answer carries."""
    with probe.connect() as raw:
        raw.sendall(head + b"\r\n")
        answer = answer_one(raw)
    assert answer.status_code == wanted
    assert answer.headers["x-content-type-options"] == "nosniff"
    if wanted != 200:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == wanted


def test_rubbish_after_a_request_is_not_a_request(probe: Probe) -> None:
    """The first is answered; what follows is refused, and the connection ends."""
    with probe.connect() as raw:
        raw.sendall(HEAD + b"\r\n" + b"\x00\xff rubbish \r\n\r\n")
        answers = rest(raw)
    assert [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]] == [b"200", b"400"]


def test_requests_in_a_row_are_answered_in_a_row(probe: Probe) -> None:
    """Requests sent ahead are answered in order, each as itself."""
    with probe.connect() as raw:
        ids = [f"row-{number}" for number in range(20)]
        raw.sendall(b"".join(HEAD + b"X-Request-Id: " + name.encode() + b"\r\n\r\n" for name in ids))
        found = b""
        raw.settimeout(LATE_S)
        while found.count(b'{"status":"ok"}') < len(ids):
            found += raw.recv(65536)
    lines = found.split(b"\r\n")
    assert [line.split(b": ")[1].decode() for line in lines if line.startswith(b"x-client-request-id")] == ids


def test_a_body_longer_than_said_is_the_next_request(probe: Probe) -> None:
    """What is left over is rubbish, and is refused as such."""
    with probe.connect() as raw:
        raw.sendall(POST + bearer(probe) + b'Content-Length: 12\r\n\r\n{"name":"a"}{"name":"b"}\r\n\r\n')
        answers = rest(raw)
    assert [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]] == [b"200", b"400"]


def test_a_hello_of_tls_is_not_a_request(probe: Probe) -> None:
    hello = bytes.fromhex("16030100c8010000c40303") + bytes(range(200))
    with probe.connect() as raw:
        raw.sendall(hello)
        assert rest(raw)[9:12] in {b"400", b""}
    with probe.connect() as raw:
        raw.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")  # the beginning of HTTP/2
        assert rest(raw)[9:12] in {b"421", b""}


@pytest.mark.parametrize(
    ("chunks", "wanted"),
    [
        (b"4b000\r\n" + b"a" * 0x4B000 + b"\r\n1\r\na\r\n0\r\n\r\n", {413}),
        (b"1\r\na\r\n" * 320_000 + b"0\r\n\r\n", {400}),
        (b"ffffffffffffffff\r\n" + b"a" * 400_000, {413}),
        (b"1;" + b"x" * 100_000 + b"\r\na\r\n0\r\n\r\n", {400}),
        (b"zz\r\n", {400}),
        (b"1\r\nab\r\n", {400}),
        (b"-1\r\na\r\n", {400}),
        (b"ffffffffffffffffffffffffffff\r\n", {400}),
        (b"0\r\n" + b"X-Trailer: a\r\n" * 10_000 + b"\r\n", {400}),
    ],
    ids=["over", "crumbs", "huge", "extension", "hex", "long", "negative", "digits", "trailers"],
)
def test_bombs_in_chunks(probe: Probe, chunks: bytes, wanted: set[int]) -> None:
    """A body in chunks ends at the same limits; what is no chunk is refused. An early end may reset what it says."""
    with probe.connect() as raw:
        with suppress(ConnectionError):
            raw.sendall(POST + bearer(probe) + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        answer = rest(raw)
    assert not answer or status(answer) in wanted
    assert probe.request("GET", "/healthz").status_code == 200


def test_200_idle_connections_disturb_nobody(probe: Probe) -> None:
    """A request is answered while they hang, and they end by themselves."""
    with ExitStack() as stack:
        idle = [stack.enter_context(probe.connect()) for _ in range(200)]
        for number, raw in enumerate(idle):
            raw.sendall(HEAD[: number % len(HEAD)])
        started = time.monotonic()
        assert probe.request("GET", "/v1/configs/agent/a", headers=probe.bearer("viewer")).status_code == 200
        assert time.monotonic() - started < LATE_S
        assert all(rest(raw) == b"" for raw in idle)


def test_more_connections_than_the_limit_are_closed_at_once(probe: Probe) -> None:
    """Those that are there go on."""
    with ExitStack() as stack:
        held = [stack.enter_context(probe.connect()) for _ in range(300)]
        for _ in range(20):
            assert rest(stack.enter_context(probe.connect())) == b""
        held[0].sendall(HEAD + b"\r\n")
        assert answer_one(held[0]).status_code == 200


def test_a_client_that_resets_disturbs_nobody(probe: Probe) -> None:
    """In the middle of a body, or of an answer."""
    request = POST + bearer(probe) + b'Content-Length: 12\r\n\r\n{"name":"a"}'
    for missing in range(50):
        with probe.connect() as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raw.sendall(request[: len(request) - missing])
    assert probe.request("GET", "/healthz").status_code == 200


def test_the_server_ends_in_time_whoever_hangs(tmp_path: Path) -> None:
    """SIGTERM ends `qm serve` within five seconds with idle, half and unfinished requests open."""
    server = subprocess.Popen(
        [sys.executable, "-m", "agents.entry.cli", "serve", "--port", "0"],
        env=os.environ | {"QM_HOME": str(tmp_path)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        port = int(server.stdout.readline().rsplit(":", 1)[1])
        with ExitStack() as stack:
            for sent in (b"", b"GET", HEAD, HEAD + b"\r\n", POST + b"Content-Length: 9\r\n\r\n{"):
                raw = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
                raw.sendall(sent)
            answer_one(raw)  # so that the server has seen them
            started = time.monotonic()
            server.send_signal(signal.SIGTERM)
            server.wait(10)
            assert time.monotonic() - started < 5
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def test_a_laptops_limits() -> None:
    """What the tests above shorten is set for a laptop too; a head and a body have ten seconds each."""
    from agents.api.edge import BODY_S

    limits = Limits()
    assert limits.head_s == BODY_S == 10
    assert limits.idle_s + limits.drain_s + limits.grace_s < 15
    assert limits.grace_s < 5

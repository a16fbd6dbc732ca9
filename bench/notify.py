"""From sending a commit until the last of a thousand subscribers was told of it, against etcd's watch.

Ours is `qm serve` as people run it, and its event stream; etcd's watch comes over its JSON gateway. Both are called by
the same client, which looks for the new version in what comes. The value that etcd keeps is as long as what a change of
ours says: which version of which document is new, not its content.
"""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
from functools import cache
from typing import TYPE_CHECKING, Final

from bench.serving.etcd import etcd
from bench.serving.ours import Served, laptop
from bench.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

NAME, TARGET = "notify", Target(ratio_at_most=0.5)

SUBSCRIBERS: Final = 1_000
_SHARED: Final = 20  # subscribers of a token: as many as one person may have
_LATE_S: Final = 60
_KEY: Final = "bench/notify"
_SCHEMA: Final = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
_CHANGE: Final = (
    '{"cursor":"100-9f86d081884c","key":"bench/notify","layer":"base","number":%d,"at":"2026-06-30T09:00:00.000Z"}'
)


class Ours:
    """The event stream of `qm serve`."""

    def __init__(self, served: Served) -> None:
        self.port = served.port
        self.number = 0
        self._operator = served.token("olga", "operator", "operator-lead")
        self._tokens = [served.token(f"agent-{number}", "viewer") for number in range(SUBSCRIBERS // _SHARED)]

    def subscribe(self, number: int) -> bytes:
        token = self._tokens[number % len(self._tokens)]
        return (
            f"GET /v1/changes?after=latest&key={_KEY} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
            f"Authorization: Bearer {token}\r\n\r\n"
        ).encode()

    began = b"retry: "

    def commit(self) -> bytes:
        expects = f'If-Match: "{self.number}"' if self.number else "If-None-Match: *"
        self.number += 1
        body = json.dumps({"content": {"n": self.number}, "message": "a commit"})
        return _request(
            "PUT", f"/v1/configs/{_KEY}?layer=base", body, f"Authorization: Bearer {self._operator}", expects
        )

    def marker(self) -> bytes:
        return f'"number": {self.number},'.encode()


class Etcd:
    """The watch of etcd's JSON gateway."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.number = 0
        self._key = base64.b64encode(_KEY.encode()).decode()

    def subscribe(self, number: int) -> bytes:  # noqa: ARG002 - all are alike
        return _request("POST", "/v3/watch", json.dumps({"create_request": {"key": self._key}}))

    began = b'"created":true}'

    def commit(self) -> bytes:
        self.number += 1
        value = base64.b64encode((_CHANGE % self.number).encode()).decode()
        return _request("POST", "/v3/kv/put", json.dumps({"key": self._key, "value": value}))

    def marker(self) -> bytes:
        return f'"version":"{self.number}"'.encode()


class Subscriber(asyncio.Protocol):
    """Looks for the marker in what comes, and says when it is there."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self._got = b""

    def data_received(self, data: bytes) -> None:
        self._got += data
        if self._audience.marker in self._got:
            self._got = b""
            self._audience.one_has_it()

    def connection_lost(self, exc: Exception | None) -> None:
        self._audience.lost(exc)


class Audience:
    """All subscribers of a side, and the one who commits."""

    def __init__(self, side: Ours | Etcd) -> None:
        self._side = side
        self._missing = 0
        self._everybody: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.marker = b""

    async def gather(self) -> None:
        loop = asyncio.get_running_loop()
        self._expect(self._side.began)
        for number in range(SUBSCRIBERS):
            transport, _ = await loop.create_connection(lambda: Subscriber(self), "127.0.0.1", self._side.port)
            transport.write(self._side.subscribe(number))
        await asyncio.wait_for(self._everybody, _LATE_S)

    async def commit(self) -> None:
        sent = self._side.commit()
        self._expect(self._side.marker())
        reader, writer = await asyncio.open_connection("127.0.0.1", self._side.port)
        writer.write(sent)
        status = (await reader.readline()).split()[1]
        assert status in {b"200", b"201"}, await reader.read(4096)
        await reader.readuntil(b"\r\n\r\n")
        writer.close()
        await asyncio.wait_for(self._everybody, _LATE_S)

    def one_has_it(self) -> None:
        self._missing -= 1
        if not self._missing:
            self._everybody.set_result(None)

    def lost(self, error: Exception | None) -> None:
        if not self._everybody.done():
            self._everybody.set_exception(error or ConnectionError("a subscriber was cut off"))

    def _expect(self, marker: bytes) -> None:
        self.marker, self._missing = marker, SUBSCRIBERS
        self._everybody = asyncio.get_running_loop().create_future()


@cache  # their streams stay open
def ours() -> Callable[[], object]:
    return _audience(_our_side())


def peer() -> Callable[[], object]:
    if shutil.which("etcd") is None:
        raise ImportError("etcd is not installed: apt-get install etcd-server")
    return _audience(Etcd(etcd()))


def same() -> None:
    """Everybody is told of each of two commits, in turn."""
    commit = ours()
    commit()
    commit()


def _audience(side: Ours | Etcd) -> Callable[[], object]:
    loop = asyncio.new_event_loop()

    async def begin() -> Audience:
        audience = Audience(side)
        await audience.gather()
        return audience

    audience = loop.run_until_complete(begin())
    return lambda: loop.run_until_complete(audience.commit())


@cache
def _our_side() -> Ours:
    served = laptop()
    operator = served.token("olga", "operator", "operator-lead")
    body = json.dumps({"content": _SCHEMA, "message": "what the benchmark puts"})
    headers = (f"Authorization: Bearer {operator}", "If-None-Match: *")
    served.send(_request("PUT", "/v1/configs/schema/bench?layer=base", body, *headers))
    return Ours(served)


def _request(method: str, path: str, body: str, *headers: str) -> bytes:
    head = [f"{method} {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers]
    return "\r\n".join([*head, f"Content-Length: {len(body)}", "", body]).encode()

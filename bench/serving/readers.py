"""Readers who ask all at once, each for the next answer when it has the one before; the same for every server."""

from __future__ import annotations

import asyncio
import atexit
import re
import time
from functools import cache
from typing import TYPE_CHECKING, Final

from agents.adapters.local_issuer import LocalIssuer
from bench.serving.hello import TEXT, hello
from bench.serving.ours import laptop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

READERS: Final = 32
EACH: Final = 8  # reads of a reader in one call
_SUBJECTS: Final = 200  # each may ask twenty times a second
_LATE_S: Final = 60
_PATH: Final = "/v1/configs/agent/inventory/effective"
_LENGTH: Final = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_ETAG: Final = re.compile(rb"\r\netag: (\S+)\r\n", re.IGNORECASE)


class Side:
    """A server, what it is asked in turn, and with what its answers begin."""

    def __init__(self, port: int, requests: Sequence[bytes], status: int) -> None:
        self.port = port
        self._requests = requests
        self._began = f"HTTP/1.1 {status} ".encode()
        self._asked = 0

    def next(self) -> bytes:
        self._asked += 1
        return self._requests[self._asked % len(self._requests)]

    def end(self, got: bytes) -> int:
        """Where the answer ends that is there; 0 while some of it is missing."""
        head = got.find(b"\r\n\r\n") + 4
        if head < 4:  # noqa: PLR2004 - the length of what was looked for
            return 0
        assert got.startswith(self._began), got
        length = _LENGTH.search(got, 0, head)
        end = head + (int(length[1]) if length else 0)
        return end if len(got) >= end else 0

    def ask(self) -> bytes:
        """An answer."""
        answers = _answers(self, readers=1, each=1)
        return answers()[0]

    def everybody(self) -> Callable[[], object]:
        """A call is `EACH` reads of every reader, on connections that it opens: idle ones are closed."""
        return _answers(self, readers=READERS, each=EACH)

    def warm(self) -> None:
        """Asks everything once."""
        _answers(self, readers=1, each=len(self._requests))()


class _Reader(asyncio.Protocol):
    """Reads so many answers, and gives the last."""

    def __init__(self, side: Side, count: int) -> None:
        self._side = side
        self._left = count
        self._got = b""
        self.last: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._side.next())

    def data_received(self, data: bytes) -> None:
        self._got += data
        try:
            end = self._side.end(self._got)
        except AssertionError as error:
            self._transport.abort()
            self.last.set_exception(error)
            return
        if not end:
            return
        self._left -= 1
        if self._left:
            self._got = b""
            self._transport.write(self._side.next())
        elif not self.last.done():
            self.last.set_result(self._got)
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.last.done():
            self.last.set_exception(exc or ConnectionError("a reader was cut off"))


def _answers(side: Side, *, readers: int, each: int) -> Callable[[], list[bytes]]:
    loop = asyncio.new_event_loop()
    atexit.register(loop.close)

    async def read() -> bytes:
        _, reader = await asyncio.get_running_loop().create_connection(
            lambda: _Reader(side, each), "127.0.0.1", side.port
        )
        return await reader.last

    async def everybody() -> list[bytes]:
        async with asyncio.timeout(_LATE_S):
            return await asyncio.gather(*(read() for _ in range(readers)))

    return lambda: loop.run_until_complete(everybody())


def ours(*, unchanged: bool) -> Side:
    """What an agent runs on by `qm serve`, asked by as many subjects; `unchanged`: by those who have it already."""
    port, heads = laptop().port, _heads()
    if not unchanged:
        return Side(port, [_get(_PATH, head) for head in heads], 200)
    etag = _ETAG.search(ours(unchanged=False).ask())
    assert etag is not None
    return Side(port, [_get(_PATH, head, f"If-None-Match: {etag[1].decode()}") for head in heads], 304)


def peer() -> Side:
    """Starlette, which says hello to everybody."""
    return Side(hello(), [_get("/hello")], 200)


def body(answer: bytes) -> bytes:
    """What an answer says."""
    return answer.partition(b"\r\n\r\n")[2]


def greets(answer: bytes) -> bool:
    """Whether an answer is the peer's."""
    return body(answer) == TEXT.encode()


@cache
def _heads() -> list[str]:
    issuer = LocalIssuer(laptop().home / "issuer.pem", clock=time.time)
    return [f"Authorization: Bearer {issuer.token(f'reader{number}', ['viewer'])}" for number in range(_SUBJECTS)]


def _get(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: */*", *headers, "", ""]).encode()

"""The HTTP server of a laptop: uvicorn, with limits for clients that are slow, many or not speaking HTTP."""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_MAX_HEAD_BYTES: Final = 32 * 1024  # of a head, or of the line of a chunk, that has come in part
_MAX_PARTS: Final = 5_000  # of a body: one in chunks of a byte each costs seconds to read
_UNREADABLE: Final = json.dumps(
    {
        "type": "urn:quartermaster:problem:invalid",
        "title": "this is not an HTTP request",
        "status": 400,
        "code": "invalid",
        "problems": [{"code": "invalid", "message": "this is not an HTTP request", "fix": "Speak HTTP/1.1."}],
    }
).encode()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Times in seconds. `idle_s` is for a connection between requests, `head_s` for the whole head of a request.

    After an answer the rest of a body may come for `drain_s`; an answer may be waiting to be read for `unread_s`.
    """

    connections: int = 2_500  # at once, and as many requests at most; those who follow changes hold theirs
    backlog: int = 1_024  # so many may come back together after a restart
    idle_s: int = 8  # longer than clients keep one, often 5: else a request meets a connection that just ends
    head_s: float = 10
    drain_s: float = 2
    unread_s: float = 30
    grace_s: int = 3  # at the end, for answers on their way


def http_server(application: ASGIApp, limits: Limits) -> uvicorn.Server:
    """The server, ready to run on a listening socket."""

    class Protocol(_Patient):
        own = limits

    return _Server(
        uvicorn.Config(
            application,
            http=Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nobody stands before it, so the address of a client is that of its connection
            reset_contextvars=True,  # what one request sets is not seen by the next on its connection
            backlog=limits.backlog,
            # Not `limit_concurrency`: it refuses requests for the number of idle connections. See `Limits.connections`.
            timeout_keep_alive=limits.idle_s,
            timeout_graceful_shutdown=limits.grace_s,
        )
    )


class _Server(uvicorn.Server):
    """Tells answers that go on that it begins to end; uvicorn would wait for them.

    A request finds it in its scope as `state["ending"]`, a future.
    """

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.lifespan.state["ending"] = asyncio.get_running_loop().create_future()
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.lifespan.state["ending"].set_result(None)
        await super().shutdown(sockets)


class _Parts(h11.Connection):
    """Refuses a body that comes in too many chunks."""

    _seen = 0

    def next_event(self) -> h11.Event | type[h11.NEED_DATA | h11.PAUSED]:
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._seen = 0
        elif isinstance(event, h11.Data):
            self._seen += 1
        if self._seen > _MAX_PARTS:
            raise h11.RemoteProtocolError("the body comes in too many parts")
        return event


class _Patient(H11Protocol):
    """uvicorn's protocol waits for ever for a head, for the rest of a refused body, and for a reader. This one ends.

    uvicorn has a time-out between requests only, and each byte that comes ends it.
    """

    own: Limits
    _timers: dict[str, asyncio.TimerHandle]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        # asyncio does so for sockets that say they are TCP, which those of a plain listener do not. Without it the body
        # of an answer waits 40 ms for the client to confirm the head.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.conn = _Parts(h11.SERVER, _MAX_HEAD_BYTES)
        self._timers = {}
        if len(self.connections) > self.own.connections:
            transport.abort()
        else:
            self._end_after("head", self.own.head_s)

    def data_received(self, data: bytes) -> None:
        if "head" not in self._timers and self.conn.their_state is h11.IDLE:
            self._end_after("head", self.own.head_s)
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._in_time("head")
        if self.conn.their_state is not h11.SEND_BODY:
            self._in_time("rest")

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:
            self._end_after("rest", self.own.drain_s)

    def timeout_keep_alive_handler(self) -> None:
        if self.transport.get_write_buffer_size():  # the last answer was not read, and closing would wait for that
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._end_after("unread", self.own.unread_s)

    def resume_writing(self) -> None:
        self._in_time("unread")
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        for what in tuple(self._timers):
            self._in_time(what)
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's text, in whose place stands ours
        running = self.cycle is not None and not self.cycle.response_complete
        if running and self.cycle.response_started:  # too late for another answer
            self.transport.close()
            return
        if running:  # what it says of half a request is of no use
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        headers = [
            ("content-type", "application/problem+json"),
            ("content-length", str(len(_UNREADABLE))),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("connection", "close"),
        ]
        for event in (h11.Response(status_code=400, headers=headers), h11.Data(data=_UNREADABLE), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _end_after(self, what: str, seconds: float) -> None:
        self._in_time(what)
        self._timers[what] = self.loop.call_later(seconds, self.transport.abort)

    def _in_time(self, what: str) -> None:
        if timer := self._timers.pop(what, None):
            timer.cancel()

"""What every request passes first: Host allow-list, size limit, request id; and what every response carries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from agents.api.errors import problem_response
from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES: Final = 300 * 1024  # a document of 256 KiB and its envelope
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_SECURITY: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class Edge:
    """ASGI middleware. `hosts` are the names the server answers to; None answers to all, behind a gateway that checks.

    A page of another site that resolves its own name to 127.0.0.1 sends that name as Host, and is refused.
    """

    def __init__(self, app: ASGIApp, *, hosts: Collection[str] | None, new_id: Callable[[], str]) -> None:
        self._app = app
        self._hosts = None if hosts is None else frozenset(hosts)
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        request_id = given if _REQUEST_ID.fullmatch(given) else self._new_id().encode()

        limited = _Limited(receive)

        async def sign(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *_SECURITY, (b"x-request-id", request_id)]}
            await send(message)

        async def unless_over(message: Message) -> None:
            if not limited.over:  # what the application says of half a body is of no use
                await sign(message)

        if self._hosts is not None and _host(headers) not in self._hosts:
            refused = InvalidError("this server does not answer to that name", fix="Use http://127.0.0.1 and its port.")
            await problem_response(refused, status=421)(scope, receive, sign)
            return
        if _too_long(headers.get(b"content-length", b"0")):
            await _refuse_size(scope, receive, sign)
            return
        await self._app(scope, limited, unless_over)
        if limited.over:
            await _refuse_size(scope, receive, sign)


class _Limited:
    """Counts the bytes of a body that came without a length, and ends it at the limit."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._bytes = 0
        self.over = False

    async def __call__(self) -> Message:
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self._bytes > MAX_BODY_BYTES:
            self.over = True
            raise InvalidError(f"the body is larger than {MAX_BODY_BYTES:,} bytes", fix="Send less.")
        return message


async def _refuse_size(scope: Scope, receive: Receive, send: Send) -> None:
    error = InvalidError(f"the body is larger than {MAX_BODY_BYTES:,} bytes", fix="Send less.")
    await problem_response(error, status=413)(scope, receive, send)


def _host(headers: dict[bytes, bytes]) -> str:
    host = headers.get(b"host", b"").decode("latin-1").lower()
    return re.sub(r":\d+$", "", host)


def _too_long(length: bytes) -> bool:
    return not length.isdigit() or int(length) > MAX_BODY_BYTES

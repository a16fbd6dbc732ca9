"""What every request passes first: names, sizes and times; and what every response carries."""

from __future__ import annotations

import asyncio
import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from agents.api.errors import answer_error, problem_response
from agents.api.request_ids import CLIENT_REQUEST_ID, REQUEST_ID
from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    Headers = Sequence[tuple[bytes, bytes]]

MAX_BODY_BYTES: Final = 300 * 1024  # where a path has no limit of its own
MAX_DOCUMENT_BODY_BYTES: Final = 800 * 1024  # a document of 256 KiB, of which each character may be an escape
MAX_BULK_BODY_BYTES: Final = 4 * 1024 * 1024  # as much as both stores take at once, and what is around it
MAX_HEADERS: Final = 100
MAX_HEADER_BYTES: Final = 16 * 1024  # a token has 8 KiB at most
MAX_TARGET_BYTES: Final = 4 * 1024  # path and query
BODY_S: Final = 10.0  # for the whole of it, however slowly it drips

_BULK: Final = "/v1/configs"
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_PORT: Final = re.compile(r":\d+$")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# A request that says one of these twice means one thing to us and another to a server before us.
_ONCE: Final = (b"host", b"content-length", b"transfer-encoding", b"content-type", b"authorization")
_SECURITY: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),  # for browsers that do not know frame-ancestors
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
# Only where the name has a certificate: a browser would refuse http://localhost for a year.
_HTTPS_ONLY: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class Edge:
    """ASGI middleware. `hosts` are the names the server answers to; None answers to all, behind a gateway that checks.

    A page of another site that resolves its own name to 127.0.0.1 sends that name as Host, and is refused.
    Names the request, in `scope["state"]["request_id"]` and in the log: always by an id of ours, or a caller could
    write its records under the id of another's request. The id that a caller sent stands beside it, as
    `client_request_id`, and comes back. HEAD is answered as GET without its body.
    """

    def __init__(
        self, app: ASGIApp, *, hosts: Collection[str] | None, new_id: Callable[[], str], body_s: float = BODY_S
    ) -> None:
        self._app = app
        self._hosts = None if hosts is None else frozenset(hosts)
        self._always = _SECURITY if hosts is not None else (*_SECURITY, _HTTPS_ONLY)
        self._new_id = new_id
        self._body_s = body_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        theirs = given if _REQUEST_ID.fullmatch(given) else b""
        ours = self._new_id()
        token, client_token = REQUEST_ID.set(ours), CLIENT_REQUEST_ID.set(theirs.decode())
        ids = ((b"x-request-id", ours.encode()), *([(b"x-client-request-id", theirs)] if theirs else []))
        answer = _Answer(send, (*self._always, *ids), bodiless=scope["method"] == "HEAD")
        try:
            await self._serve(_named(scope, ours, theirs.decode()), receive, answer)
        except Exception as error:
            response = answer_error(error)  # which writes the trace to the log
            if answer.started:
                raise  # half an answer is out: the connection ends
            await response(scope, receive, answer)
        finally:
            CLIENT_REQUEST_ID.reset(client_token)
            REQUEST_ID.reset(token)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if refused := self._refusal(scope):
            await refused(scope, receive, send)
            return
        body = _Body(receive, most=_most(scope), until=asyncio.get_running_loop().time() + self._body_s)

        async def unless_refused(message: Message) -> None:
            if body.refused is None:  # what the application says of half a body is of no use
                await send(message)

        await self._app(scope, body, unless_refused)
        if body.refused:
            await body.refused(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        """What is wrong with the head of a request, None when nothing is."""
        headers = dict(scope["headers"])
        text = b"".join(chain.from_iterable(scope["headers"]))
        return (
            _too_large(scope, text)
            or _unclear(scope, text, headers)
            or (_refuse_host() if self._hosts is not None and _host(headers) not in self._hosts else None)
            or _wrong_length(headers, _most(scope))
        )


class _Answer:
    """Sends messages of an answer, the first with the headers that all answers carry unless they say their own."""

    def __init__(self, send: Send, headers: Headers, *, bodiless: bool) -> None:
        self._send = send
        self._headers = headers
        self._bodiless = bodiless
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            own = message["headers"]
            said = {name for name, _ in own}
            message = {**message, "headers": [*own, *(header for header in self._headers if header[0] not in said)]}
        elif self._bodiless and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)


class _Body:
    """Hands on a body, and ends it at the limits of bytes and of time."""

    def __init__(self, receive: Receive, *, most: int, until: float) -> None:
        self._receive = receive
        self._most = most
        self._until: float | None = until
        self._bytes = 0
        self.refused: Response | None = None

    async def __call__(self) -> Message:
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            self.refused = _refuse(408, "the body came too slowly", "Send the request again.")
            raise InvalidError("the body came too slowly") from None
        self._bytes += len(message.get("body", b""))
        if self._bytes > self._most:
            self.refused = _refuse_size(self._most)
            raise InvalidError("the body is too large")
        if not message.get("more_body"):
            self._until = None  # what comes now is the end of the connection, which may take its time
        return message


def _named(scope: Scope, request_id: str, client_request_id: str) -> Scope:
    verb = "GET" if scope["method"] == "HEAD" else scope["method"]
    ids = {"request_id": request_id, "client_request_id": client_request_id}
    return {**scope, "method": verb, "state": {**scope.get("state", {}), **ids}}


def _too_large(scope: Scope, text: bytes) -> Response | None:
    if len(scope["headers"]) > MAX_HEADERS or len(text) > MAX_HEADER_BYTES:
        return _refuse(431, "the headers are too many or too large", "Send fewer.")
    target = scope.get("raw_path") or scope["path"].encode()
    if len(target) + len(scope["query_string"]) > MAX_TARGET_BYTES:
        return _refuse(414, f"the URL is longer than {MAX_TARGET_BYTES:,} bytes", "Send less in it.")
    return None


def _unclear(scope: Scope, text: bytes, headers: Mapping[bytes, bytes]) -> Response | None:
    if _CONTROL.search(scope["path"]) or not text.isascii():
        return _refuse(400, "the URL or a header holds characters that do not belong there", "Send plain text.")
    if len(headers) == len(scope["headers"]):  # nothing is there twice
        return None
    names = [name for name, _ in scope["headers"]]
    if twice := [name.decode() for name in _ONCE if names.count(name) > 1]:
        return _refuse(400, f"the header {twice[0]} is there twice", "Send it once.")
    return None


def _most(scope: Scope) -> int:
    """The bytes of a body: documents hold more than questions. None is read before the guard knows whose it is."""
    path: str = scope["path"]
    if path == _BULK:
        return MAX_BULK_BODY_BYTES
    return MAX_DOCUMENT_BODY_BYTES if path.startswith(f"{_BULK}/") else MAX_BODY_BYTES


def _wrong_length(headers: Mapping[bytes, bytes], most: int) -> Response | None:
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or (b"content-length" in headers and b"transfer-encoding" in headers):
        return _refuse(400, "the length of the body is not clear", "Send a correct Content-Length, and only that.")
    # A number of thousands of digits is not worth reading.
    return _refuse_size(most) if len(length) > len(str(most)) or int(length) > most else None


def _refuse(status: int, message: str, fix: str) -> Response:
    return problem_response(InvalidError(message, fix=fix), status=status)


def _refuse_size(most: int) -> Response:
    return _refuse(413, f"the body is larger than {most:,} bytes", "Send less.")


def _refuse_host() -> Response:
    return _refuse(421, "this server does not answer to that name", "Use http://127.0.0.1 and its port.")


def _host(headers: Mapping[bytes, bytes]) -> str:
    host = headers.get(b"host", b"").decode("latin-1").lower()
    return _PORT.sub("", host)

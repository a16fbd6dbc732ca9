"""An answer that goes on: the change feed as server-sent events."""

from __future__ import annotations

import asyncio
import json
import zlib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, Protocol

from fastapi.responses import Response

from agents.errors import QuartermasterError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractAsyncContextManager

    from starlette.types import Message, Receive, Scope, Send

    from agents.access.sign_in import Identity
    from agents.api.changes_wanted import Sent
    from agents.configuration.documents import Cursor

ENDING: Final = "ending"  # in the scope's state: a future that is done when the server begins to end
_PIECE_BYTES: Final = 16 * 1024  # of what is sent: all that waits for a client that reads slowly, however much comes
_RETRY_MS: Final = 1_000  # a client waits for this before it connects again, and for up to as much again
_ENDS: Final = UnavailableError("the server ends", fix="Connect again, with the id of the last event.")


class Follower(Protocol):
    """Somebody who follows."""

    def end(self, *_: object) -> None:
        """Nobody reads any more, or the server ends: what comes `next` is empty."""

    async def behind(self) -> Sent:
        """What came before now, if anything: what is wrong is raised before the answer begins."""

    async def next(self) -> Sent:
        """What to send next, as soon as there is anything; empty when it is over. Raises why it ends."""


class Followers(Protocol):
    """Who takes in those who follow. `agents.api.changes_readers.Readers` is one."""

    def reader(
        self, identity: Identity, *, keys: frozenset[str], after: Cursor
    ) -> AbstractAsyncContextManager[Follower]: ...


class EventStream(Response):
    """Server-sent events from a cursor on, until the client goes, its token ends, or the server does.

    What is wrong before the first byte is an ordinary answer; what goes wrong later is an event `end` with the problem.
    """

    media_type = "text/event-stream"

    def __init__(self, readers: Followers, identity: Identity, *, keys: frozenset[str], after: Cursor) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._readers = readers
        self._identity = identity
        self._keys = keys
        self._after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._readers.reader(self._identity, keys=self._keys, after=self._after) as reader:
            with watched(reader, scope, receive):
                first = await reader.behind()
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                # Those who were cut off together do not come back together.
                spread = zlib.crc32(scope["state"]["request_id"].encode()) % _RETRY_MS
                await send(_part(b"retry: %d\n\n" % (_RETRY_MS + spread)))
                try:
                    text = first.text or (await reader.next()).text
                    while text:
                        for start in range(0, len(text), _PIECE_BYTES):
                            await send(_part(text[start : start + _PIECE_BYTES]))
                        text = (await reader.next()).text
                    error: QuartermasterError = _ENDS
                except QuartermasterError as stopped:
                    error = stopped
                await send(_part(_end(error)))
                await send({"type": "http.response.body", "body": b""})


@contextmanager
def watched(reader: Follower, scope: Scope, receive: Receive) -> Iterator[None]:
    """Ends a reader when its client goes, and when the server begins to end."""
    gone = asyncio.ensure_future(_gone(receive))
    gone.add_done_callback(reader.end)
    ending: asyncio.Future[None] | None = scope["state"].get(ENDING)
    if ending is not None:
        ending.add_done_callback(reader.end)
    try:
        yield
    finally:
        gone.cancel()
        if ending is not None:
            ending.remove_done_callback(reader.end)


async def _gone(receive: Receive) -> None:
    """Until there is nobody; a body that is not right ends the stream as well."""
    with suppress(QuartermasterError):
        while (await receive())["type"] != "http.disconnect":
            pass


def _part(sent: bytes) -> Message:
    return {"type": "http.response.body", "body": sent, "more_body": True}


def _end(error: QuartermasterError) -> bytes:
    told = {"code": error.code, "message": error.message, "fix": error.fix}
    return f"event: end\ndata: {json.dumps(told)}\n\n".encode()

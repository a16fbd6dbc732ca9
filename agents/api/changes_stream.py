"""An answer that goes on: the change feed as server-sent events."""

from __future__ import annotations

import asyncio
import json
import zlib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from fastapi.responses import Response

from agents.errors import QuartermasterError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Message, Receive, Scope, Send

    from agents.access.sign_in import Identity
    from agents.api.changes_readers import Reader, Readers
    from agents.configuration.documents import Cursor

ENDING: Final = "ending"  # in the scope's state: a future that is done when the server begins to end
_RETRY_MS: Final = 1_000  # a client waits for this before it connects again, and for up to as much again
_ENDS: Final = UnavailableError("the server ends", fix="Connect again, with the id of the last event.")


class EventStream(Response):
    """Server-sent events from a cursor on, until the client goes, its token ends, or the server does.

    What is wrong before the first byte is an ordinary answer; what goes wrong later is an event `end` with the problem.
    """

    media_type = "text/event-stream"

    def __init__(self, readers: Readers, identity: Identity, *, keys: frozenset[str], after: Cursor) -> None:
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
                sent = b"retry: %d\n\n%b" % (_RETRY_MS + spread, first)
                try:
                    while sent:
                        await send(_part(sent))
                        sent = await reader.next()
                    error: QuartermasterError = _ENDS
                except QuartermasterError as stopped:
                    error = stopped
                await send(_part(_end(error)))
                await send({"type": "http.response.body", "body": b""})


@contextmanager
def watched(reader: Reader, scope: Scope, receive: Receive) -> Iterator[None]:
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

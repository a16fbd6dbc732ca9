"""What runs of a document, as a stream: whoever follows it is told the content with each change, and asks for nothing.

A fleet that asks after each publish costs its server thirty times what telling it costs. Each change is an event as in
`/v1/changes`, with the same cursor; before it comes an event `effective` with what runs since, or `null` where that
must be asked for, such as layers that do not merge.
"""

from __future__ import annotations

import re
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, cast

from starlette.concurrency import run_in_threadpool

from agents.api.changes import LATEST
from agents.api.changes_readers import Readers
from agents.api.changes_stream import ENDING, EventStream
from agents.api.errors import problem_response
from agents.configuration.documents import START, check_address
from agents.configuration.feed import Feed
from agents.errors import InvalidError, QuartermasterError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from fastapi import Request
    from starlette.responses import Response

    from agents.access.sign_in import Identity
    from agents.api.changes_readers import Reader
    from agents.configuration.documents import Cursor
    from agents.configuration.ports import ConfigStore

EVENTS: Final = "text/event-stream"
POLL_S: Final = 0.05  # as late as a publish is seen; a look costs some twenty microseconds
_CHANGE: Final = b"event: change\n"
_ASK: Final = b"event: effective\ndata: null\n\n"
_AGENTS: Final = "agent/"
_DEFAULTS: Final = "agent/defaults"
_KNOWN: Final = frozenset({"after", "instance"})
_CURSOR_CHARS: Final = 64
_INSTANCE: Final = re.compile(r"[a-z0-9-]{1,64}")


class Following:
    """The streams of one server. `content` gives what runs now of a key, for an instance and a caller, as JSON."""

    def __init__(
        self,
        store: ConfigStore,
        content: Callable[[str, str | None, Identity], Awaitable[str]],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._content = content
        self._feed = Feed(store, poll_s=POLL_S)
        self._readers = Readers(self._feed, clock=clock)

    async def answer(self, request: Request) -> Response:
        """A stream from the cursor `after` on, or after the last event that the client had."""
        if ENDING not in request.scope["state"]:  # it sleeps between requests
            none = InvalidError("nothing is streamed here", fix="Poll GET /v1/changes?after=CURSOR with If-None-Match.")
            return problem_response(none, status=406)
        query = request.query_params
        if not _KNOWN.issuperset(query):
            raise InvalidError("a stream is of what runs now", fix="Send `instance` and `after` alone.")
        key, instance = f"{request.path_params['kind']}/{request.path_params['name']}", query.get("instance")
        check_address(key, "base")
        if instance is not None and not _INSTANCE.fullmatch(instance):
            raise InvalidError("this is no name of an instance", fix="Write a-z, 0-9 and '-'.")
        after = request.headers.get("last-event-id", query.get("after", START))
        if len(after) > _CURSOR_CHARS:
            raise InvalidError("this is no cursor", fix="Send the id of an event.")
        if after == LATEST:
            after = await run_in_threadpool(self._feed.tail)
        identity: Identity = request.state.identity

        async def content() -> str:
            return await self._content(key, instance, identity)

        keys = frozenset({key, _DEFAULTS}) if key.startswith(_AGENTS) else frozenset({key})
        told = cast("Readers", _WithContent(self._readers, content))  # all that a stream takes of them
        return EventStream(told, identity, keys=keys, after=after)


class _WithContent:
    """Readers who are told the content as well."""

    def __init__(self, readers: Readers, content: Callable[[], Awaitable[str]]) -> None:
        self._readers = readers
        self._content = content

    @asynccontextmanager
    async def reader(self, identity: Identity, *, keys: frozenset[str], after: Cursor) -> AsyncIterator[_Told]:
        async with self._readers.reader(identity, keys=keys, after=after) as reader:
            yield _Told(reader, self._content)


class _Told:
    """A reader of changes that is told, before each, what runs since."""

    def __init__(self, reader: Reader, content: Callable[[], Awaitable[str]]) -> None:
        self._content = content
        self._reader = reader
        self.end = reader.end

    async def behind(self) -> bytes:
        return await self._with_content(await self._reader.behind())

    async def next(self) -> bytes:
        return await self._with_content(await self._reader.next())

    async def _with_content(self, sent: bytes) -> bytes:
        if _CHANGE not in sent:
            return sent
        try:
            # Asked for after the change was read from the log, so it is not older.
            return b"event: effective\ndata: %b\n\n%b" % ((await self._content()).encode(), sent)
        except QuartermasterError:  # whoever asks for it is told why
            return _ASK + sent

"""What runs of a document, as a stream: whoever follows it is told the content with each change, and asks for nothing.

A fleet that asks after each publish costs its server thirty times what telling it costs. Each change is an event as in
`/v1/changes`, with the same cursor; before it comes an event `effective` with what runs since, or `null` where that
must be asked for, such as layers that do not merge. None comes before a label that moved, or the layer of another
instance: what runs is the same.
"""

from __future__ import annotations

import re
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool

from agents.api.allowed_reads import noting
from agents.api.changes import LATEST
from agents.api.changes_readers import Readers
from agents.api.changes_stream import ENDING, EventStream
from agents.api.changes_wanted import Sent
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
_MADE: Final = 16  # contents that are kept as events, of up to 256 KiB each
_ASK: Final = b"event: effective\ndata: null\n\n"
_AGENTS: Final = "agent/"
_DEFAULTS: Final = "agent/defaults"
_INSTANCES: Final = "instance:"
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
        self._events: dict[str, bytes] = {}  # of a content, the last ones

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

        note = noting()

        async def content() -> bytes:
            # A stream goes on for days: that it is read is written down as often as asking for it would be.
            return self._event(await self._content(key, instance, identity)) if note() else _ASK

        keys = frozenset({key, _DEFAULTS}) if key.startswith(_AGENTS) else frozenset({key})
        told = _WithContent(self._readers, content, own=f"{_INSTANCES}{instance}")
        return EventStream(told, identity, keys=keys, after=after)

    def _event(self, text: str) -> bytes:
        """One for all who are told the same: a fleet is, and each might read slowly."""
        made = self._events.get(text)
        if made is None:
            made = self._events[text] = b"event: effective\ndata: %b\n\n" % text.encode()
            if len(self._events) > _MADE:
                del self._events[next(iter(self._events))]
        return made


class _WithContent:
    """Readers who are told the content as well. `own` is the layer of an instance's own."""

    def __init__(self, readers: Readers, content: Callable[[], Awaitable[bytes]], *, own: str) -> None:
        self._readers = readers
        self._content = content
        self._own = own

    @asynccontextmanager
    async def reader(self, identity: Identity, *, keys: frozenset[str], after: Cursor) -> AsyncIterator[_Told]:
        async with self._readers.reader(identity, keys=keys, after=after) as reader:
            yield _Told(reader, self._content, self._own)


class _Told:
    """A reader of changes that is told what runs since, before each that may have changed that."""

    def __init__(self, reader: Reader, content: Callable[[], Awaitable[bytes]], own: str) -> None:
        self._content = content
        self._own = own
        self._reader = reader
        self._change: Sent | None = None  # whose content was told
        self.end = reader.end

    async def behind(self) -> Sent:
        return await self._content_first(await self._reader.behind())

    async def next(self) -> Sent:
        change, self._change = self._change, None
        return change or await self._content_first(await self._reader.next())

    async def _content_first(self, sent: Sent) -> Sent:
        if all(layer.startswith(_INSTANCES) and layer != self._own for layer in sent.layers):
            return sent  # others' own layers, a label, or a heartbeat
        self._change = sent
        try:
            # Asked for after the change was read from the log, so it is not older.
            return Sent(await self._content())
        except QuartermasterError:  # whoever asks for it is told why
            return Sent(_ASK)

"""Readers of the change feed without a server: who is behind, who is gone, and what is kept for all."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from agents.access.principal import Claims
from agents.access.sign_in import Identity
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.api.changes_readers import Readers
from agents.api.changes_stream import EventStream
from agents.api.changes_wanted import Wanted
from agents.configuration.documents import MAX_DRAFTS, START, Draft
from agents.configuration.feed import PAGE, Feed
from agents.errors import GapError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from starlette.types import Message

    from agents.configuration.documents import Changes, Cursor

VIEWER = Identity(
    claims=Claims(subject="wanda", groups=frozenset({"viewer"}), expires_at=9e9), token="", tenant="default"
)


class Counting(Feed):
    """A feed that counts how often its log is read, and can lose what it knows of cursors."""

    reads = 0
    forgets = False

    def page(self, after: Cursor, *, limit: int = PAGE) -> Changes:
        self.reads += 1
        assert self.reads < 100, "this goes on without an end"
        return super().page(after, limit=limit)

    def place(self, after: Cursor) -> int | None:
        return None if self.forgets else super().place(after)


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Counting]:
    """Of a log of a thousand changes, which no viewer may see."""
    store = SqliteConfigStore(tmp_path / "configuration.db", tenant="default", clock=lambda: datetime.now(UTC))
    for n in range(1_000 // MAX_DRAFTS):
        store.append([
            Draft(key=f"access/a{each}", layer="base", content={}, author="a", message="m", expected=n)
            for each in range(MAX_DRAFTS)
        ])  # fmt: skip
    yield Counting(store)
    store.close()


@asynccontextmanager
async def following(feed: Feed, after: Cursor) -> AsyncIterator[tuple[Readers, EventStream]]:
    readers = Readers(feed, clock=lambda: 0.0)
    # Whoever holds a place keeps the feed awake.
    async with readers.reader(VIEWER, keys=frozenset(), after=after):
        yield readers, EventStream(readers, VIEWER, keys=frozenset(), after=after)


def test_who_is_gone_is_not_caught_up(feed: Counting) -> None:
    """A log may be long, and all of it for others: nobody reads it for a client that has left."""

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def send(_: Message) -> None:
        await asyncio.sleep(0)

    async def follow() -> None:
        async with following(feed, START) as (_, stream):
            await stream({"type": "http", "state": {"request_id": "r"}}, gone, send)

    asyncio.run(follow())
    assert feed.reads <= 2


def test_no_reader_goes_round_in_circles(feed: Counting) -> None:
    """At the end of the log, by a cursor that memory does not come to know: the client starts again."""
    feed.forgets = True

    async def follow() -> None:
        async with following(feed, feed.tail()) as (_, stream):
            await stream({"type": "http", "state": {"request_id": "r"}}, asyncio.Event().wait, None)  # type: ignore[arg-type]  # neither is reached

    with pytest.raises(GapError, match="go on from this cursor"):
        asyncio.run(follow())
    assert feed.reads == 2


def test_what_is_made_for_all_alike_is_bounded(feed: Counting) -> None:
    """Readers name the keys that they want, in any number of ways; those who want the same share what is made."""

    async def follow() -> None:
        async with following(feed, START) as (readers, _):
            place = feed.place(feed.tail())
            assert place is not None
            feed._restart(START)
            feed.refresh()
            start = feed.place(START)
            assert start is not None
            shared = Wanted.by(VIEWER.operator(), frozenset())
            first = readers.events(start, shared)
            for n in itertools.islice(itertools.count(), 500):
                readers.events(start, Wanted.by(VIEWER.operator(), frozenset({f"agent/a{n}"})))
                assert readers.events(start, shared) is first
            assert len(readers._events) <= 64

    asyncio.run(follow())

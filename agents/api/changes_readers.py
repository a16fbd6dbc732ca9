"""Who follows the change feed over HTTP: readers of one event loop, woken together and sent the same bytes."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool

from agents.access.roles import Action, need
from agents.api.changes_wanted import Sent, Wanted, as_events
from agents.errors import GapError, LimitedError, UnauthenticatedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from agents.access.principal import Claims
    from agents.access.sign_in import Identity, SignIn
    from agents.configuration.documents import Changes, Cursor
    from agents.configuration.feed import Feed

HEARTBEAT_S: Final = 15.0  # proxies end what is silent for longer; as late as a silent stream ends with its permission
MOST_READERS: Final = 2_000
MOST_EACH: Final = 20  # of one person, or one viewer would take the places of all
MOST_OF_A_FLEET: Final = 1_000  # of one key of a machine, which all instances of an agent share: half of all places
_CATCHING_UP: Final = 100  # changes of a page for a reader who is behind: what is in memory for it
_MADE: Final = 64  # pages of events that are kept until the next change, of up to 75 KB each
_TICK_S: Final = 0.5
_BUSY_S: Final = 5
_OVER: Final = Sent(b"")
_STATE: Final = "GET /v1/changes?after=latest, then read the documents, then follow from that cursor."


class Readers:
    """All who follow, by one listener of the feed: it wakes each, and what they get is made once for all alike.

    `clock` gives epoch seconds, by which tokens end.
    """

    def __init__(
        self,
        feed: Feed,
        *,
        clock: Callable[[], float],
        heartbeat_s: float = HEARTBEAT_S,
        most: int = MOST_READERS,
    ) -> None:
        self.feed = feed
        self.clock = clock
        self.heartbeat_s = heartbeat_s
        self._most = most
        self._each: Counter[str] = Counter()  # readers of a subject
        self._readers: set[Reader] = set()
        self._events: dict[tuple[int, Wanted], tuple[Sent, int, Cursor]] = {}
        self._proofs: dict[str, asyncio.Future[Claims]] = {}  # under way, by the token
        self._stop: Callable[[], None] | None = None
        self._ticking: asyncio.TimerHandle | None = None
        self._starting = asyncio.Lock()

    def __len__(self) -> int:
        return len(self._readers)

    @asynccontextmanager
    async def reader(self, identity: Identity, *, keys: frozenset[str], after: Cursor) -> AsyncIterator[Reader]:
        """Somebody who follows from a cursor on. Raises LimitedError when there are too many, and UnavailableError."""
        if len(self._readers) >= self._most:
            raise LimitedError("too many follow the changes here", retry_after_s=_BUSY_S)
        subject = identity.claims.subject
        most = MOST_EACH if identity.claims.scopes is None else MOST_OF_A_FLEET
        if self._each[subject] >= most:
            raise LimitedError(
                f"you follow the changes {most} times already",
                retry_after_s=_BUSY_S,
                fix="Follow once for a process, and end those that nobody reads.",
            )
        reader = Reader(self, identity, keys=keys, after=after)
        self._readers.add(reader)
        self._each[subject] += 1
        try:
            async with self._starting:
                if self._stop is None:
                    loop = asyncio.get_running_loop()
                    self._stop = await run_in_threadpool(self.feed.listen, self._waker(loop))
                    self._tick(loop)
            yield reader
        finally:
            self._readers.discard(reader)
            self._each[subject] -= 1
            if not self._each[subject]:
                del self._each[subject]
            if not self._readers and self._stop is not None and self._ticking is not None:
                self._stop()
                self._ticking.cancel()
                self._stop = self._ticking = None
                self._events.clear()

    async def page(self, after: Cursor, *, limit: int) -> Changes:
        """From the log itself. Raises GapError, which says what to do."""
        try:
            return await run_in_threadpool(self.feed.page, after, limit=limit)
        except GapError as error:
            raise GapError(error.message, fix=_STATE) from error

    def events(self, place: int, wanted: Wanted) -> tuple[Sent, int, Cursor] | None:
        """What to send of the changes after a place, the next place, and its cursor; None when they are gone."""
        found = self._events.get((place, wanted))
        if found is None:
            taken = self.feed.take(place)
            if taken is None:
                return None
            sent = as_events(change for change in taken if wanted.has(change))
            found = (sent, place + len(taken), taken[-1].cursor if taken else "")
            if not taken:
                return found
            if len(self._events) >= _MADE:  # readers name keys as they like, and come as often as they like
                del self._events[next(iter(self._events))]
        else:
            del self._events[place, wanted]  # the one that was used last goes last
        self._events[place, wanted] = found
        return found

    async def claims(self, origin: SignIn, token: str) -> Claims:
        """What a token says now. Raises UnauthenticatedError and UnavailableError.

        All who came with one token are told together, and one proves it for them: a thread for each would be late.
        """
        known = origin.credentials.recall(token)
        if known is not None:
            return known
        proof = self._proofs.get(token)
        if proof is None:
            proof = asyncio.ensure_future(run_in_threadpool(origin.credentials.verify, token))
            self._proofs[token] = proof
            proof.add_done_callback(partial(self._proven, token))
        return await asyncio.shield(proof)

    def _proven(self, token: str, proof: asyncio.Future[Claims]) -> None:
        del self._proofs[token]
        if not proof.cancelled():
            proof.exception()  # those who asked may all be gone

    def _waker(self, loop: asyncio.AbstractEventLoop) -> Callable[[], None]:
        def told() -> None:
            loop.call_soon_threadsafe(self._wake)

        return told

    def _wake(self) -> None:
        self._events.clear()
        for reader in self._readers:
            reader.wake()

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wakes those whose time has come: one timer for all, as a timer each would cost more than what is sent."""
        now = self.clock()
        for reader in self._readers:
            if now >= reader.due:
                reader.wake()
        self._ticking = loop.call_later(_TICK_S, self._tick, loop)


class Reader:
    """Somebody who follows. Nothing is kept for it: it takes what there is when it is ready to send."""

    def __init__(self, readers: Readers, identity: Identity, *, keys: frozenset[str], after: Cursor) -> None:
        self._readers = readers
        self._feed = readers.feed
        self._identity = identity
        self._keys = keys
        self.wanted = Wanted.by(identity.operator(), keys)
        self._until = identity.claims.expires_at
        self._waiting: asyncio.Future[None] | None = None
        self._place: int | None = None
        self._told = after  # the last cursor that the client knows
        self._beat = readers.clock() + readers.heartbeat_s
        self.cursor = after
        self.ended = False

    @property
    def due(self) -> float:
        """When it must be woken whatever happens."""
        return min(self._beat, self._until)

    def wake(self, *_: object) -> None:
        """There may be something."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def end(self, *_: object) -> None:
        """Nobody reads any more, or the server ends."""
        self.ended = True
        self.wake()

    async def behind(self) -> Sent:
        """What came before the changes in memory, a page at a time; empty when that is over. Raises GapError."""
        refreshed = False
        while self._place is None and not self.ended:
            self._place = self._feed.place(self.cursor)
            if self._place is not None:
                break
            changes = await self._readers.page(self.cursor, limit=_CATCHING_UP)
            if not changes.items:  # at the end of the log, which memory has not seen yet
                if refreshed:  # and has now: it knows that end by another cursor, and will never know this one
                    raise GapError("the change log does not go on from this cursor", fix=_STATE)
                await run_in_threadpool(self._feed.refresh)
            refreshed = not changes.items
            self.cursor = changes.cursor
            sent = as_events(change for change in changes.items if self.wanted.has(change))
            if sent.text:
                return sent
        return _OVER

    async def next(self) -> Sent:
        """What to send next, as soon as there is anything; empty when it is over.

        Before each it is asked again whether the caller may read, mostly of memory alone: a request would be refused.
        Raises UnauthenticatedError and ForbiddenError when the caller may no longer read, and as `behind` does.
        """
        while not self.ended:
            now = self._readers.clock()
            if now >= self._until:
                raise UnauthenticatedError("the token has ended", fix="Follow again with a new one, from this cursor.")
            if self._place is None:
                await self._still_allowed()
                sent: Sent | None = await self.behind()
            else:
                sent = await self._new(self._place)
            if sent is not None:
                if sent.text:
                    self._told = self.cursor
                    return sent
            elif now >= self._beat:
                self._beat = now + self._readers.heartbeat_s
                await self._still_allowed()
                return self._heartbeat()
            else:
                self._waiting = asyncio.get_running_loop().create_future()
                await self._waiting
        return _OVER

    async def _new(self, place: int) -> Sent | None:
        """What memory holds after a place, None when nothing came; an empty one asks to look again."""
        wanted = self.wanted
        found = self._readers.events(place, wanted)
        if found is None:  # too slow for what is in memory
            self._place = None
            return _OVER
        sent, after, cursor = found
        if after == place:
            return None
        if sent.text:
            await self._still_allowed()
            if self.wanted != wanted:
                return _OVER
        self._place, self.cursor = after, cursor
        return sent

    async def wait(self, seconds: float) -> None:
        """Until there is something to send, or so long. Raises as `next` does."""
        self._beat = math.inf
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.next()

    def _heartbeat(self) -> Sent:
        """A comment; with the cursor when what the caller may not see moved it, so that a resume is short."""
        moved = b"" if self._told == self.cursor else b"id: " + self.cursor.encode() + b"\n"
        self._told = self.cursor
        return Sent(b":\n" + moved + b"\n")

    async def _still_allowed(self) -> None:
        """Asks again what was asked at the start: a key may be revoked, a group taken away."""
        origin = self._identity.origin
        if origin is None:
            return
        token = self._identity.token
        try:
            claims = await self._readers.claims(origin, token)
        except UnauthenticatedError as error:
            refused = partial(origin.refused, error, who=self._identity.operator())
            await run_in_threadpool(refused)
            raise
        if claims != self._identity.claims:
            self._identity = replace(self._identity, claims=claims)
            who = self._identity.operator()
            await run_in_threadpool(need, who, Action.READ_CONFIG, "configs", origin.decisions, kind="agent")
            self.wanted, self._until = Wanted.by(who, self._keys), claims.expires_at

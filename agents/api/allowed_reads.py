"""Reads of configuration that were allowed: written down together, soon after, each once in a minute.

A whole fleet asks for the same thing at each publish. What changes something, and what is denied, is durable before its
answer leaves; a read that was allowed changes nothing, and waiting for the disk would make every agent late. While
nothing can be written down, nothing waits for it in memory: then these reads are as all others.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict, deque
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from anyio import to_thread

from agents.access.decisions import Decision
from agents.access.ports import MAX_RECORDS
from agents.errors import InvalidError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import anyio

    from agents.access.audit import Audit
    from agents.access.principal import Principal

log = logging.getLogger(__name__)

AGAIN_S: Final = 60.0  # the same read by the same caller is written down again after this
SOON_S: Final = 1.0
MOST: Final = 10_000  # callers and what they read; as many may wait to be written down

_NOTES: Final[ContextVar[Callable[[], bool]]] = ContextVar("notes", default=lambda: False)

_Read: TypeAlias = "tuple[str, str, str, frozenset[str], frozenset[str] | None, str, str]"
_Noted: TypeAlias = tuple[Decision, str]  # and the id of its request


def noting() -> Callable[[], bool]:
    """Notes once more the read that is open in this context, for whoever goes on reading; what it gives is `note`'s."""
    return _NOTES.get()


class AllowedReads:
    """Of one event loop. `clock` is monotonic; `limiter` is of the threads that write."""

    def __init__(self, audit: Audit, *, clock: Callable[[], float], limiter: anyio.CapacityLimiter) -> None:
        self._audit = audit
        self._clock = clock
        self._limiter = limiter
        self._noted: OrderedDict[_Read, float] = OrderedDict()
        self._waiting: deque[_Noted] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._one = threading.Lock()  # one writer at a time
        self._away = False  # the log is, and the first of those that wait are tried again and again
        self._ending: asyncio.Future[None] | None = None

    def note(  # noqa: PLR0913 - a decision, and the request it is of
        self, who: Principal, action: str, resource: str, *, rule: str, request_id: str, ending: asyncio.Future[None]
    ) -> bool:
        """False when this one must be durable before its answer leaves: the log is away, too many wait, or all ends.

        `ending` is done when the server begins to end, and what waits is written down.
        """
        note = partial(self._note, who, action, resource, rule, request_id, ending)
        _NOTES.set(note)
        return note()

    def _note(  # noqa: PLR0913, PLR0917 - as above
        self, who: Principal, action: str, resource: str, rule: str, request_id: str, ending: asyncio.Future[None]
    ) -> bool:
        if self._away or ending.done():
            return False
        scopes = None if who.scopes is None else frozenset(who.scopes)
        read = (who.subject, who.tenant, who.actor, who.roles, scopes, action, resource)
        now = self._clock()
        if self._noted.get(read, now) > now:
            return True
        if len(self._waiting) >= MOST:
            return False
        self._noted[read] = now + AGAIN_S
        self._noted.move_to_end(read)
        if len(self._noted) > MOST:
            self._noted.popitem(last=False)
        self._waiting.append((Decision.of(who, action, resource, allowed=True, rule=rule), request_id))
        if self._ending is not ending:
            self._ending = ending
            ending.add_done_callback(lambda _: self._write())
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._soon())
        return True

    async def _soon(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(SOON_S)
                await to_thread.run_sync(self._write, limiter=self._limiter)
        finally:
            self._writing = None

    def _write(self) -> None:
        """All that wait, at most 100 in one append; while the log is away they go on waiting."""
        with self._one:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(MAX_RECORDS, len(self._waiting)))]
                try:
                    self._append(batch)
                except BaseException as error:
                    self._waiting.extendleft(reversed(batch))  # whatever it was, they were read
                    if not isinstance(error, Exception):
                        raise
                    if not self._away:
                        known = isinstance(error, UnavailableError)
                        log.warning(
                            "reads that were allowed cannot be written down for now: %s",
                            error,
                            exc_info=None if known else error,
                        )
                    self._away = True
                    return
                self._away = False

    def _append(self, batch: Sequence[_Noted]) -> None:
        try:
            self._audit.write([_named(decision, request_id) for decision, request_id in batch], "")
        except UnavailableError as error:
            if not isinstance(error.__cause__, InvalidError):
                raise
            # One of them cannot be stored, and must not keep the others back.
            for one in batch if len(batch) > 1 else ():
                self._append([one])
            if len(batch) == 1:
                log.warning("a read that was allowed cannot be written down: %s", error.__cause__)


def _named(decision: Decision, request_id: str) -> Decision:
    return replace(decision, detail={**decision.detail, "request_id": request_id})

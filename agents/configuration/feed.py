"""The change log told to many: one reader of a process follows the store, and everybody takes from what it read.

Nothing is kept for anybody: a listener has a place in the newest changes, which all share. Whoever is slower than those
last reads on in the store's log, by the cursor of what it got last.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING, Final

from agents.configuration.documents import START
from agents.errors import GapError, QuartermasterError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agents.configuration.documents import Address, Appended, Change, Changes, Cursor, Draft, LabelMove, Version
    from agents.configuration.ports import ConfigStore

log = logging.getLogger(__name__)

KEPT: Final = 4_096  # changes in memory, some 2 MB
POLL_S: Final = 0.1  # as late as an append of another process is seen
PAGE: Final = 500


class Feed:
    """The newest changes of a store, read once for all listeners, while there are any.

    A place counts the changes that this process read, so it means nothing elsewhere; a cursor does.
    """

    def __init__(self, store: ConfigStore, *, poll_s: float = POLL_S, kept: int = KEPT) -> None:
        self._store = store
        self._poll_s = poll_s
        self._kept = kept
        self._recent: deque[Change] = deque()
        self._first = 0  # the place of the oldest
        self._before: Cursor = START  # the cursor of what came before the oldest
        self._end: Cursor = START  # of the newest
        self._places: dict[Cursor, int] = {}  # of a cursor: the place after it
        self._listeners: dict[object, Callable[[], None]] = {}
        self._running = False
        self._lock = threading.Lock()  # of all above
        self._reading = threading.Lock()  # one read of the store at a time; held before the other, never after
        self._woken = threading.Event()

    def wake(self) -> None:
        """Somebody in this process has appended: read at once."""
        self._woken.set()

    def listen(self, told: Callable[[], None]) -> Callable[[], None]:
        """Calls `told` after new changes, on the reader's thread, until what this gives is called.

        Raises UnavailableError when the store cannot be read to begin with.
        """
        token = object()
        with self._reading:
            if not self._listeners:  # nobody followed until now, so what is in memory may have a gap behind it
                self._restart(self._store.tail())
            with self._lock:
                self._listeners[token] = told
                starts, self._running = not self._running, True
        if starts:
            threading.Thread(target=self._follow, name="change-feed", daemon=True).start()

        def stop() -> None:
            with self._lock:
                self._listeners.pop(token, None)

        return stop

    def place(self, after: Cursor) -> int | None:
        """The place after a cursor; None when that is not in memory: read a `page`, or `refresh`."""
        with self._lock:
            return self._places.get(after)

    def take(self, place: int) -> tuple[Change, ...] | None:
        """What came after a place, which moves on by as many; None when that is no longer in memory."""
        with self._lock:
            skipped = place - self._first
            if skipped < 0:
                return None
            return tuple(self._recent[index] for index in range(skipped, min(len(self._recent), skipped + PAGE)))

    def page(self, after: Cursor, *, limit: int = PAGE) -> Changes:
        """From the store's own log; raises GapError when that does not reach back to the cursor."""
        return self._store.changes(after=after, limit=limit)

    def tail(self) -> Cursor:
        """The cursor of the newest change in the store."""
        return self._store.tail()

    def refresh(self) -> None:
        """Reads what is new into memory, and tells all who listen. Raises as the store does."""
        with self._reading:
            found = self._read()
        if found:
            with self._lock:
                listeners = tuple(self._listeners.values())
            for told in listeners:
                told()

    def _read(self) -> bool:
        """Whether there was anything."""
        found = False
        while True:
            try:
                changes = self._store.changes(after=self._end, limit=PAGE)
            except GapError:  # the log was cut or replaced: each listener finds out by its own cursor
                self._restart(self._store.tail())
                return True
            self._keep(changes)
            found = found or bool(changes.items)
            if len(changes.items) < PAGE:
                return found

    def _keep(self, changes: Changes) -> None:
        with self._lock:
            for change in changes.items:
                self._recent.append(change)
                self._places[change.cursor] = self._first + len(self._recent)
            self._end = changes.cursor
            while len(self._recent) > self._kept:
                self._places.pop(self._before, None)
                self._before = self._recent.popleft().cursor
                self._first += 1

    def _restart(self, tail: Cursor) -> None:
        """Begins anew at the end of the log; places that were given lie before all that are given from now on."""
        with self._lock:
            self._first += len(self._recent) + 1
            self._recent.clear()
            self._before = self._end = tail
            self._places = {tail: self._first}

    def _follow(self) -> None:
        away = False
        while True:
            self._woken.wait(self._poll_s)
            self._woken.clear()
            with self._lock:
                if not self._listeners:
                    self._running = False
                    return
            try:
                self.refresh()
                away = False
            except Exception as error:  # the one reader must not end: those who listen wait for it
                if not away:
                    known = isinstance(error, QuartermasterError)
                    log.warning("the change log cannot be read: %s", error, exc_info=None if known else error)
                away = True


class HeardStore:
    """A `ConfigStore` whose appends are heard of at once, in this process."""

    def __init__(self, store: ConfigStore, heard: Callable[[], None]) -> None:
        self._store = store
        self._heard = heard

    def append(self, items: Sequence[Draft | LabelMove], *, idempotency_key: str = "") -> Appended:
        appended = self._store.append(items, idempotency_key=idempotency_key)
        self._heard()
        return appended

    def heads(self, addresses: Sequence[Address] | None = None) -> tuple[Version | None, ...]:
        return self._store.heads(addresses)

    def history(self, key: str, layer: str, *, before: int | None, limit: int) -> tuple[Version, ...]:
        return self._store.history(key, layer, before=before, limit=limit)

    def labels(self, key: str, layer: str) -> Mapping[str, int]:
        return self._store.labels(key, layer)

    def changes(self, *, after: Cursor, limit: int) -> Changes:
        return self._store.changes(after=after, limit=limit)

    def tail(self) -> Cursor:
        return self._store.tail()

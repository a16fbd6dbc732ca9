"""Answers that are made once for each state of the store."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.configuration.ports import ConfigStore

T = TypeVar("T")
_MOST: Final = 64  # a document has up to 256 KiB


class Memory:
    """Remembers until the change log goes on: its tail is read each time, which is one cheap read."""

    def __init__(self, store: ConfigStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._tail: str | None = None
        self._known: dict[tuple[str | None, ...], object] = {}

    def get(self, key: tuple[str | None, ...], make: Callable[[], T]) -> T:
        """What `make` gives, as of now. Raises what it and the store raise."""
        # Read before what is made: if a change comes between, the next reader makes it again.
        tail = self._store.tail()
        with self._lock:
            if tail != self._tail:
                self._tail, self._known = tail, {}
            known = self._known
            if key in known:
                return cast("T", known[key])
        made = make()
        with self._lock:
            if len(known) < _MOST:
                known[key] = made  # of that tail's memory, whichever is the newest by now
        return made

"""Answers that are made once, and kept until what they are made of has changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, TypeVar, cast

from agents.errors import GapError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agents.configuration.documents import Address, Change, Cursor
    from agents.configuration.ports import ConfigStore

T = TypeVar("T")
_MOST: Final = 256  # answers; a document has up to 256 KiB, most have a few
_MOST_OWN: Final = 8_192  # addresses of which it is known whether anything is there
_PAGE: Final = 200  # changes that are looked through; after more, everything is made again
_DEFAULTS: Final = "agent/defaults"  # what every agent is made of
_AGENTS: Final = "agent/"


class Memory:
    """Remembers answers by a key whose second part names the document, if it is about one.

    The change log's tail is read each time, which is one cheap read; when that moved, what changed is forgotten.
    """

    def __init__(self, store: ConfigStore) -> None:
        self._store = store
        self._lock = threading.Lock()  # of all below
        self._catching_up = threading.Lock()  # held before the other, never after
        self._tail: Cursor | None = None
        self._known: OrderedDict[tuple[str | None, ...], object] = OrderedDict()
        self._own: OrderedDict[Address, bool] = OrderedDict()

    def get(self, key: tuple[str | None, ...], make: Callable[[], T]) -> T:
        """What `make` gives, as of now. Raises what it and the store raise."""
        self.look()
        return self.recall(key, make)

    def look(self) -> None:
        """Forgets what has changed up to now. Raises as the store does."""
        if self._store.tail() == self._tail:
            return
        with self._catching_up:
            # Read again: whoever held the lock may have gone further, and what is forgotten must not lie behind that.
            before, tail = self._tail, self._store.tail()
            changes = None if before is None or before == tail else self._between(before)
            with self._lock:
                if changes is not None:
                    self._forget(changes)
                elif before != tail:
                    self._known.clear()
                    self._own.clear()
                self._tail = tail

    def recall(self, key: tuple[str | None, ...], make: Callable[[], T]) -> T:
        """What `make` gives, as of the last look or later."""
        with self._lock:
            tail = self._tail
            if key in self._known:
                self._known.move_to_end(key)
                return cast("T", self._known[key])
        made = make()
        with self._lock:
            # If a change came between, this may be older than that, and nobody would forget it again.
            if tail == self._tail:
                self._known[key] = made
                while len(self._known) > _MOST:
                    self._known.popitem(last=False)
        return made

    def present(self, addresses: Iterable[Address]) -> dict[Address, bool]:
        """Whether anything was ever published at these addresses, as of the last look or later."""
        with self._lock:
            tail = self._tail
            found = {address: self._own.get(address) for address in addresses}
        unknown = [address for address, there in found.items() if there is None]
        heads = self._store.heads(unknown) if unknown else ()
        read = {address: head is not None for address, head in zip(unknown, heads, strict=True)}
        with self._lock:
            if tail == self._tail:
                self._own.update(read)
                while len(self._own) > _MOST_OWN:
                    self._own.popitem(last=False)
        return {address: bool(read.get(address, there)) for address, there in found.items()}

    def _between(self, after: Cursor) -> tuple[Change, ...] | None:
        """What changed since; None when that is not known, or too much."""
        try:
            changes = self._store.changes(after=after, limit=_PAGE)
        except GapError:
            return None
        return changes.items if 0 < len(changes.items) < _PAGE else None  # nothing: the log of another store

    def _forget(self, changes: Iterable[Change]) -> None:
        keys = set()
        for change in changes:
            keys.add(change.key)
            self._own.pop((change.key, change.layer), None)
        for known in list(self._known):
            about = known[1] if len(known) > 1 else None
            if about is None or about in keys or (_DEFAULTS in keys and about.startswith(_AGENTS)):
                del self._known[known]

"""The newest versions of layers that every publish is judged beside: read once, and again when one has changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from agents.errors import GapError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agents.configuration.documents import Address, Change, Cursor, Version
    from agents.configuration.ports import ConfigStore

_MOST: Final = 128  # layers; a document has up to 256 KiB, most have a few
_PAGE: Final = 200  # changes that are looked through; after more, everything is read again


class KnownHeads:
    """Heads of one store, for threads that share them; nobody changes what they hold.

    Each look reads the change log on from where the last one ended, which costs a fraction of reading documents.
    """

    def __init__(self, store: ConfigStore) -> None:
        self._store = store
        self._lock = threading.Lock()  # of all below
        self._looking = threading.Lock()  # held before the other, never after
        self._looks = 0  # that began; of `_looking`
        self._last = 0  # the number of the last that succeeded
        self._seen: Cursor | None = None
        self._known: OrderedDict[Address, Version | None] = OrderedDict()

    def look(self) -> None:
        """Forgets what has changed up to now. Raises as the store does."""
        came = self._looks
        with self._looking:
            if self._last > came:  # one began and ended since: it saw all that was there
                return
            self._looks = number = self._looks + 1
            seen = self._seen
            changes, end = (None, self._store.tail()) if seen is None else self._since(seen)
            with self._lock:
                if changes is None:
                    self._known.clear()
                for change in changes or ():
                    self._known.pop((change.key, change.layer), None)
                self._seen = end
            self._last = number

    def heads(self, addresses: Sequence[Address]) -> tuple[Version | None, ...]:
        """As of the last look or later, in the order of the addresses."""
        with self._lock:
            seen = self._seen
            found = {address: self._known[address] for address in addresses if address in self._known}
            for address in found:
                self._known.move_to_end(address)
        unknown = [address for address in addresses if address not in found]
        if unknown:
            read = dict(zip(unknown, self._store.heads(unknown), strict=True))
            found |= read
            self._keep(read, seen)
        return tuple(found[address] for address in addresses)

    def _keep(self, read: dict[Address, Version | None], seen: Cursor | None) -> None:
        with self._lock:
            # If a change was seen meanwhile, this may be older than that, and nobody would forget it again.
            if seen == self._seen:
                self._known.update(read)
                while len(self._known) > _MOST:
                    self._known.popitem(last=False)

    def _since(self, seen: Cursor) -> tuple[Iterable[Change] | None, Cursor]:
        """What changed after a cursor, None when that is not known or too much; and where the log ends."""
        try:
            changes = self._store.changes(after=seen, limit=_PAGE)
        except GapError:  # the log was cut, or is that of another store
            return None, self._store.tail()
        return (changes.items, changes.cursor) if len(changes.items) < _PAGE else (None, self._store.tail())

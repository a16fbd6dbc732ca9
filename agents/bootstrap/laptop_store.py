"""The laptop's store of configuration, which may be broken when the platform starts."""

from __future__ import annotations

import functools
import logging
import threading
from typing import TYPE_CHECKING, Protocol

from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.bootstrap.common import now
from agents.configuration.ports import ConfigStore, StoreAdmin
from agents.contract import DEFAULT_TENANT
from agents.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from agents.configuration.documents import Address, Appended, Changes, Cursor, Draft, LabelMove, Version

log = logging.getLogger(__name__)


class KeptStore(ConfigStore, StoreAdmin, Protocol):
    """A store, and what keeps it in order."""


def open_store(path: Path, *, fill: Callable[[ConfigStore], None], last_good: Callable[[], bool]) -> KeptStore:
    """The store, with what `fill` puts into one that lacks it.

    One that fails raises UnavailableError, unless there is a `last_good` configuration to run: then it is tried again
    at each use, and whoever needs it hears why it is not to be had.
    """

    def opened(*, make: bool) -> SqliteConfigStore:
        store = SqliteConfigStore(path, tenant=DEFAULT_TENANT, clock=now, make=make)
        try:
            fill(store)
        except BaseException:
            store.close()
            raise
        return store

    try:
        return opened(make=True)
    except UnavailableError as error:
        if not last_good():
            raise
        log.warning("%s; agents run the last good configuration until it is mended", error.message)
        # A new one made later would be in the way of the backup that is about to be restored.
        return _TriedAgain(path, functools.partial(opened, make=False))


class _TriedAgain:
    """A store that could not be opened: each use tries, until it can be, or raises UnavailableError."""

    def __init__(self, path: Path, opened: Callable[[], KeptStore]) -> None:
        self._path = path
        self._open = opened
        self._opened: KeptStore | None = None
        self._opening = threading.Lock()

    def append(self, items: Sequence[Draft | LabelMove], *, idempotency_key: str = "") -> Appended:
        return self._store().append(items, idempotency_key=idempotency_key)

    def heads(self, addresses: Sequence[Address] | None = None) -> tuple[Version | None, ...]:
        return self._store().heads(addresses)

    def history(self, key: str, layer: str, *, before: int | None, limit: int) -> tuple[Version, ...]:
        return self._store().history(key, layer, before=before, limit=limit)

    def labels(self, key: str, layer: str) -> Mapping[str, int]:
        return self._store().labels(key, layer)

    def changes(self, *, after: Cursor, limit: int) -> Changes:
        return self._store().changes(after=after, limit=limit)

    def tail(self) -> Cursor:
        return self._store().tail()

    def prune(self, key: str, layer: str, numbers: Collection[int]) -> None:
        self._store().prune(key, layer, numbers)

    def restore(self, versions: Sequence[Version], labels: Mapping[tuple[str, str, str], int]) -> None:
        self._store().restore(versions, labels)

    def _store(self) -> KeptStore:
        with self._opening:
            if self._opened is None:
                if not self._path.is_file():
                    raise UnavailableError(
                        f"there is no store at {self._path.name}", fix="Run `qm store restore` with a backup."
                    )
                self._opened = self._open()
            return self._opened

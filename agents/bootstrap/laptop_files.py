"""The laptop's store of configuration as a file, for whoever keeps it safe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agents.adapters.sqlite.backup import backup, restore_backup
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.bootstrap.common import now
from agents.configuration import store_copy
from agents.contract import DEFAULT_TENANT
from agents.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

FILE: Final = "configuration.db"


class LaptopFiles:
    """What `qm store` works on: the store in a laptop's home folder, which is not made for it."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE

    def backup(self, target: Path) -> None:
        """Copies the store while it is used."""
        self._need()
        backup(self._path, target)

    def restore(self, source: Path) -> int:
        """Puts a backup in the place of a store that is not there; how many documents it holds."""
        return restore_backup(source, self._path, tenant=DEFAULT_TENANT, clock=now)

    def export(self) -> Iterator[str]:
        """Every version and label as lines, from the first to a last one that proves them."""
        self._need()
        return store_copy.export(self._open())

    def load(self, lines: Iterable[str]) -> int:
        """Fills a store that is not there from an export; how many versions it holds."""
        if self._path.exists():
            raise ConflictError(f"{FILE} is there already", fix="Move it away, or set QM_HOME to another folder.")
        versions, labels = store_copy.read(lines)  # whole, or no store is made of it
        self._open().restore(versions, labels)
        return len(versions)

    def _open(self) -> SqliteConfigStore:
        return SqliteConfigStore(self._path, tenant=DEFAULT_TENANT, clock=now)

    def _need(self) -> None:
        if not self._path.exists():
            raise NotFoundError("this laptop has no store yet", fix="Run qm config list, which makes one.")

"""The laptop's store of configuration as files: what `qm store` works on, without building the platform."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from agents.adapters.sqlite.backup import backup, new_file, restore_backup
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.adapters.sqlite.holding import alone
from agents.adapters.sqlite.instances import SqliteInstanceStore
from agents.bootstrap.common import now
from agents.bootstrap.store_pruning import prune
from agents.configuration.store_copy import export, restore
from agents.contract import DEFAULT_TENANT
from agents.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from agents.configuration.documents import Address
    from agents.configuration.retention import Retention


class SqliteStoreFiles:
    """The `StoreFiles` of the store in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def backup(self, target: Path) -> None:
        self._must_be_there()
        backup(self._path, target)

    def restore(self, source: Path) -> int:
        self._must_not_be_there()
        with alone(self._path.parent):
            return restore_backup(source, self._path, tenant=DEFAULT_TENANT, clock=now)

    def export(self) -> Iterator[str]:
        self._must_be_there()
        with closing(_store(self._path)) as store:
            yield from export(store)

    def load(self, lines: Iterable[str]) -> int:
        self._must_not_be_there()
        with alone(self._path.parent), new_file(self._path) as part, closing(_store(part)) as store:
            return restore(lines, store)

    def prune(self, keep: Retention, *, forget: bool) -> Mapping[Address, int]:
        self._must_be_there()
        instances = SqliteInstanceStore(self._path.with_name("instances.db"), tenant=DEFAULT_TENANT, clock=now)
        with closing(instances), closing(_store(self._path)) as store:
            return prune(store, store, instances, keep=keep, forget=forget)

    def _must_be_there(self) -> None:
        if not self._path.is_file():
            raise NotFoundError(f"there is no store at {self._path}", fix="Run `qm config list` once, or restore one.")

    def _must_not_be_there(self) -> None:
        if self._path.exists():
            raise ConflictError(
                f"there is a store at {self._path}", fix="Move it away, or set QM_HOME to a new folder."
            )


def _store(path: Path) -> SqliteConfigStore:
    return SqliteConfigStore(path, tenant=DEFAULT_TENANT, clock=now)

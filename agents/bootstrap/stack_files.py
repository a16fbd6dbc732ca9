"""A deployed stack's store as files: what `qm store --stack` works on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from agents.access.roles import Action
from agents.bootstrap.store_pruning import prune
from agents.cli.owner_record import record
from agents.configuration.store_copy import export, read, restore
from agents.errors import InvalidError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from agents.bootstrap.deployed_stack import DeployedStack
    from agents.configuration.documents import Address
    from agents.configuration.retention import Retention

_WHOLE: Final = "store"  # the resource of what concerns every document


class StackStoreFiles:
    """The `StoreFiles` of a deployed stack; it is looked for when it is used."""

    def __init__(self, find: Callable[[], DeployedStack]) -> None:
        self._find = find

    def backup(self, target: Path) -> None:
        _refuse(f"export {target}")

    def restore(self, source: Path) -> int:
        _refuse(f"import {source}")

    def export(self) -> Iterator[str]:
        return export(self._find().store)

    def load(self, lines: Iterable[str]) -> int:
        """Fills the empty store, and reads back what is there now: every version by its digest, and the labels."""
        stack = self._find()
        given = list(lines)
        record(stack.audit_log, Action.WRITE_CONFIG, _WHOLE)
        count = restore(given, stack.store)
        if _proofs(export(stack.store)) != _proofs(given):
            raise UnavailableError("the store reads back other than the export", fix="Compare it with a new export.")
        return count

    def prune(self, keep: Retention, *, forget: bool) -> Mapping[Address, int]:
        stack = self._find()
        return prune(
            stack.store,
            stack.store,
            stack.instances,
            keep=keep,
            forget=forget,
            before=lambda key: record(stack.audit_log, Action.WRITE_CONFIG, key),
        )


def _proofs(lines: Iterable[str]) -> object:
    versions, labels, *_ = read(lines)
    return {(one.key, one.layer, one.number, one.digest, one.parent) for one in versions}, labels


def _refuse(instead: str) -> NoReturn:
    raise InvalidError(
        "a stack's tables are backed up by AWS, not into a file of SQLite",
        fix=f"Run `qm store {instead}` with the same --stack: any store takes an export.",
    )

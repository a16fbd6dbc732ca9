"""Where a follower reads from, and a store as such a source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from agents.configuration.layers import address, addresses, effective
from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from agents.configuration.documents import Address, Changes, Cursor, Version
    from agents.configuration.layers import Effective

DEPTH: Final = 10  # versions of a layer that are looked through for what was in force before


@dataclass(frozen=True, kw_only=True)
class Found:
    """An agent as it is published. `effective` is None when its layers do not merge; `problem` then says why."""

    versions: Mapping[str, int]  # `key@layer` -> number
    effective: Effective | None
    problem: str = ""


@runtime_checkable
class ConfigSource(Protocol):
    """What a follower reads, for one environment and instance. Raises UnavailableError."""

    def tail(self) -> Cursor:
        """The cursor of the newest change."""

    def changes(self, *, after: Cursor, limit: int) -> Changes:
        """Changes after a cursor, oldest first; raises GapError when the log no longer reaches back to it."""

    def newest(self, names: Sequence[str]) -> Mapping[str, Found]:
        """Each agent, not older than the last `tail`; one of which nothing is published is not in it."""

    def former(self, name: str, *, digest: str, since: datetime) -> Effective | None:
        """What an agent ran under that digest at some time from `since` on; None when that is not to be had."""


class StoreReads(Protocol):
    """The part of a `ConfigStore` that a follower needs."""

    def tail(self) -> Cursor: ...

    def changes(self, *, after: Cursor, limit: int) -> Changes: ...

    def heads(self, addresses: Sequence[Address]) -> tuple[Version | None, ...]: ...

    def history(self, key: str, layer: str, *, before: int | None, limit: int) -> tuple[Version, ...]: ...


class StoreSource:
    """The `ConfigSource` over a store in reach."""

    def __init__(self, store: StoreReads, *, environment: str, instance: str | None) -> None:
        self._store = store
        self._environment = environment
        self._instance = instance

    def tail(self) -> Cursor:
        return self._store.tail()

    def changes(self, *, after: Cursor, limit: int) -> Changes:
        return self._store.changes(after=after, limit=limit)

    def newest(self, names: Sequence[str]) -> dict[str, Found]:
        wanted = {name: addresses(name, self._environment, self._instance) for name in names}
        unique = list(dict.fromkeys(pair for pairs in wanted.values() for pair in pairs))
        heads = dict(zip(unique, self._store.heads(unique), strict=True))
        found = {}
        for name, pairs in wanted.items():
            layers = [head for pair in pairs if (head := heads[pair])]
            if layers:
                found[name] = _merged(name, layers)
        return found

    def former(self, name: str, *, digest: str, since: datetime) -> Effective | None:
        """Undoes the newest version of the layers again and again.

        What was in force is a function of the versions there were, and the digest proves the result.
        """
        layers = addresses(name, self._environment, self._instance)
        stacks = [list(self._store.history(*pair, before=None, limit=DEPTH)) for pair in layers]
        while any(stacks):
            found = _merged(name, [stack[0] for stack in stacks if stack]).effective
            if found is not None and found.digest == digest:
                return found
            newest = max((stack for stack in stacks if stack), key=lambda stack: stack[0].created_at)
            undone = newest.pop(0)
            if undone.created_at < since or (not newest and undone.number > 1):
                return None
        return None


def _merged(name: str, layers: Sequence[Version]) -> Found:
    versions = {address(version): version.number for version in layers}
    try:
        return Found(versions=versions, effective=effective(f"agent/{name}", layers))
    except InvalidError as error:
        return Found(versions=versions, effective=None, problem=error.message)

"""Where a follower reads from, and a store as such a source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a dataclass field
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from agents.configuration.documents import digest as digest_of
from agents.configuration.layers import address, addresses, effective
from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agents.configuration.documents import Address, Changes, Cursor, Version
    from agents.configuration.layers import Effective

DEPTH: Final = 10  # versions of a layer that are looked through for what was in force before
REACH: Final = 100  # versions of a layer among which one that went back is known as such
_NOTHING: Final = digest_of({})  # of a layer that says nothing, which is as good as none


@dataclass(frozen=True, kw_only=True)
class Found:
    """An agent as it is published. `effective` is None when its layers do not merge; `problem` then says why."""

    versions: Mapping[str, int]  # `key@layer` -> number
    effective: Effective | None
    problem: str = ""
    at: datetime | None = None  # when the newest of its layers was published, where that is known


@dataclass(frozen=True, kw_only=True)
class InForce:
    """What an agent's layers were from `since` to `until`, which is None for what they are now.

    `withdrawn`: one of the layers went back behind it since, so nothing should go on with it.
    """

    effective: Effective
    since: datetime
    until: datetime | None
    withdrawn: bool


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
        """What an agent ran under that digest at some time from `since` on.

        None when that is not to be had, or was taken back.
        """


@runtime_checkable
class Remembers(Protocol):
    """A source that also knows what was in force before."""

    def in_force(self, name: str, *, since: datetime) -> Iterator[InForce]:
        """What an agent's layers were at some time from `since` on, newest first.

        What does not merge is left out, and so is a part of what was stored together, which never ran.
        """


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
        for one in self.in_force(name, since=since):
            if one.effective.digest == digest:
                return None if one.withdrawn else one.effective
        return None

    def in_force(self, name: str, *, since: datetime) -> Iterator[InForce]:
        """Undoes the newest version of the layers again and again: what was in force follows from what there was."""
        pairs = addresses(name, self._environment, self._instance)
        heads = self._store.heads(pairs)
        layers = [
            _Layer(self._store, pair, head, since) for pair, head in zip(pairs, heads, strict=True) if head is not None
        ]
        until: datetime | None = None
        while present := [layer.newest for layer in layers if layer.newest]:
            found = _merged(name, present).effective
            began = max(version.created_at for version in present)
            # Of layers that were stored together one is undone first, and what is left then never ran.
            if found is not None and (until is None or began < until):
                withdrawn = any(layer.went_back() for layer in layers)
                yield InForce(effective=found, since=began, until=until, withdrawn=withdrawn)
            if began < since:
                return
            until = began
            newest = next(layer for layer in layers if layer.newest and layer.newest.created_at == began)
            if not newest.undo():
                return


class _Layer:
    """A layer on its way back in time."""

    def __init__(self, store: StoreReads, pair: Address, head: Version, since: datetime) -> None:
        self._store = store
        self._pair = pair
        # One that is older than what is asked for is never undone.
        old = head.created_at < since or head.number == 1
        self._stack = [head] if old else list(store.history(*pair, before=None, limit=DEPTH))
        self._later: set[str] = set()  # digests of what was undone
        self._deeper: frozenset[str] | None = None

    @property
    def newest(self) -> Version | None:
        return self._stack[0] if self._stack else None

    def undo(self) -> bool:
        """Takes the newest version off; False when what was before it is not known."""
        undone = self._stack.pop(0)
        self._later.add(undone.digest)
        return bool(self._stack) or undone.number == 1

    def went_back(self) -> bool:
        """Whether a later version says what one before the newest said, and so takes back what is between them."""
        later = self._later - {self._stack[0].digest} if self._stack else set()
        if not later:
            return False
        before = {_NOTHING, *(version.digest for version in self._stack[1:])}
        return not later.isdisjoint(before) or not later.isdisjoint(self._digests_below())

    def _digests_below(self) -> frozenset[str]:
        if self._deeper is None:
            last = self._stack[-1].number
            found = self._store.history(*self._pair, before=last, limit=REACH) if last > 1 else ()
            self._deeper = frozenset(version.digest for version in found)
        return self._deeper


def _merged(name: str, layers: Sequence[Version]) -> Found:
    versions = {address(version): version.number for version in layers}
    at = max(version.created_at for version in layers)
    try:
        return Found(versions=versions, effective=effective(f"agent/{name}", layers), at=at)
    except InvalidError as error:
        return Found(versions=versions, effective=None, problem=error.message, at=at)

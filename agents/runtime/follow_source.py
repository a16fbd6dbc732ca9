"""Where a follower reads from, and an agent's layers as they are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from agents.configuration.layers import address, addresses, effective
from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agents.configuration.documents import Address, Changes, Cursor, Version
    from agents.configuration.layers import Effective


class ConfigSource(Protocol):
    """What a follower reads: a `ConfigStore` is one, and so is what reads one over HTTP. Raises UnavailableError."""

    def tail(self) -> Cursor:
        """The cursor of the newest change."""

    def changes(self, *, after: Cursor, limit: int) -> Changes:
        """Changes after a cursor, oldest first; raises GapError when the log no longer reaches back to it."""

    def heads(self, addresses: Sequence[Address]) -> tuple[Version | None, ...]:
        """The newest version of each, in order, all of one moment, which is not before the last `tail`."""

    def history(self, key: str, layer: str, *, before: int | None, limit: int) -> tuple[Version, ...]:
        """Versions with a number below `before` (all when None), newest first."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """The layers of an agent that there are. `effective` is None when they do not merge; `problem` then says why."""

    versions: Mapping[str, int]  # `key@layer` -> number
    effective: Effective | None
    problem: str = ""


def newest(source: ConfigSource, names: Sequence[str], environment: str, instance: str | None) -> dict[str, Found]:
    """Each agent as it is published now; one of which there is no layer is not in it."""
    wanted = {name: addresses(name, environment, instance) for name in names}
    unique = list(dict.fromkeys(pair for pairs in wanted.values() for pair in pairs))
    heads = dict(zip(unique, source.heads(unique), strict=True))
    found = {}
    for name, pairs in wanted.items():
        layers = [head for pair in pairs if (head := heads[pair])]
        if layers:
            found[name] = _merged(name, layers)
    return found


def _merged(name: str, layers: Sequence[Version]) -> Found:
    versions = {address(version): version.number for version in layers}
    try:
        return Found(versions=versions, effective=effective(f"agent/{name}", layers))
    except InvalidError as error:
        return Found(versions=versions, effective=None, problem=error.message)

"""What a conversation goes on with when its agent's configuration changes meanwhile."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from agents.errors import InvalidError
from agents.runtime.configured import change_class, configured

if TYPE_CHECKING:
    from datetime import datetime

    from agents.configuration.layers import Effective
    from agents.runtime.configured import Configured
    from agents.runtime.follow_source import ConfigSource

log = logging.getLogger(__name__)

DRAIN_S: Final = 30 * 60.0
MAX_FORMER: Final = 16  # of an agent, in memory
MAX_SIZE: Final = 512 * 1024  # of them together, in characters: the source works out larger ones again


class Former:
    """The configurations of agents that are no longer the newest, by their digest; safe for several threads.

    One that this process did not run is worked out by the source: any instance goes on with any conversation.
    """

    def __init__(self, source: ConfigSource, *, drain_s: float) -> None:
        self._source = source
        self._drain = timedelta(seconds=drain_s)
        self._kept: dict[str, dict[str, Configured | None]] = {}

    def keep(self, name: str, digest: str, was: Configured | None) -> None:
        """Remembers what ran under a digest, or that nobody goes on with it: it is not known, or was taken back."""
        size = was.size if was else 0
        if size > MAX_SIZE:
            return
        kept = {digest: was}
        for other, former in reversed(self._kept.get(name, {}).items()):
            size += former.size if former else 0
            if len(kept) == MAX_FORMER or size > MAX_SIZE:
                break
            kept.setdefault(other, former)
        self._kept[name] = dict(reversed(kept.items()))  # swapped, since other turns read it

    def learn(self, name: str, found: Effective) -> None:
        """Remembers what other processes ran, unless it is known."""
        if self._kept.get(name, {}).get(found.digest) is None:
            self.keep(name, found.digest, _read(name, found))

    def take_back(self, name: str, digest: str) -> None:
        """Forgets what ran here after that digest did: it is in force again, so what came between was taken back."""
        kept = self._kept.get(name, {})
        if digest in kept:
            order = list(kept)
            gone = frozenset(order[order.index(digest) + 1 :])
            self._kept[name] = {one: None if one in gone else was for one, was in kept.items()}

    def drains(self, newest: Configured, digest: str) -> bool:
        """Whether a young conversation that was answered last by that digest goes on with it; so when not known."""
        kept = self._kept.get(newest.name, {})
        was = kept.get(digest)
        return digest not in kept or (was is not None and change_class(was.config, newest.config) == "drain")

    def of_conversation(
        self, newest: Configured, *, digest: str, began_at: datetime | None, now: datetime
    ) -> Configured:
        """What a conversation goes on with that began at `began_at` and was answered last by `digest`.

        That is the newest, unless a changed field is of the class `drain` and the conversation is younger than the
        drain time: then it is what answered last, whole. So hot fields that change with one that drains, or after it,
        wait as well: a digest names all that an agent runs, and no turn runs a mixture. Nobody goes on with what was
        taken back: a rollback counts at the next turn of every conversation.
        """
        if digest in {"", newest.digest} or began_at is None or now - began_at >= self._drain:
            return newest
        before = self._find(newest.name, digest, began_at)
        if before is None or change_class(before.config, newest.config) != "drain":
            return newest
        return before

    def _find(self, name: str, digest: str, since: datetime) -> Configured | None:
        kept = self._kept.get(name, {})
        if digest in kept:
            return kept[digest]
        try:
            found = self._source.former(name, digest=digest, since=since)
            was = _read(name, found) if found else None
        except Exception as error:  # noqa: BLE001 - whatever the store does, the turn runs
            log.warning("what a conversation with agent/%s began on cannot be read: %s", name, error)
            return None
        self.keep(name, digest, was)
        return was


def _read(name: str, found: Effective) -> Configured | None:
    try:
        return configured(name, found)
    except InvalidError:  # then it never ran
        return None

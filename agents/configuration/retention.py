"""How long versions are kept: never forgotten is what is live, labelled, in use, or needed to explain an answer."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from agents.configuration.documents import Address, Version
    from agents.configuration.ports import ConfigStore, InstanceStore, StoreAdmin
    from agents.deadline import Deadline

log = logging.getLogger(__name__)

CONVERSATION_DAYS: Final = 30  # as long as a message is kept, and with it the digest of what answered
_PAGE: Final = 100
_AT_ONCE: Final = 500  # numbers of one call of `prune`


@dataclass(frozen=True, kw_only=True)
class Retention:
    """Of each layer the newest `versions` stay, and all that were in force within the last `days`.

    An answer names the configuration that was in force when it was given, so `days` must cover the time that
    conversations are kept, and a few for agents that ran behind.
    """

    versions: int = 100
    days: int = 90

    def __post_init__(self) -> None:
        least = CONVERSATION_DAYS + 7
        if self.versions < 1 or self.days < least:
            raise InvalidError(
                f"{self.versions} versions and {self.days} days are too few to keep",
                fix=f"Keep at least 1 version and {least} days: conversations name their configuration that long.",
            )


def removable(
    versions: Iterable[Version], *, keep: Retention, needed: Collection[int], now: datetime
) -> frozenset[int]:
    """Numbers that nothing needs of a layer's versions, which come newest first from its head on."""
    since = now - timedelta(days=keep.days)
    found = set()
    replaced_at = now  # when the version was no longer in force
    for place, version in enumerate(versions):
        if place >= keep.versions and replaced_at < since and version.number not in needed:
            found.add(version.number)
        replaced_at = version.created_at
    return frozenset(found)


def prune_versions(
    store: ConfigStore,
    admin: StoreAdmin,
    *,
    instances: InstanceStore | None = None,
    keep: Retention | None = None,
    now: Callable[[], datetime],
) -> Callable[[Deadline], None]:
    """The job that forgets what nothing needs any more. What an instance said that it runs is needed, however old."""
    kept = keep or Retention()

    def job(deadline: Deadline) -> None:
        at = now()
        running = _running(instances, at - timedelta(days=kept.days)) if instances else {}
        for head in store.heads():
            if head is None or head.number <= kept.versions:
                continue
            address = (head.key, head.layer)
            deadline.check(f"the versions of {head.key} ({head.layer})")
            needed = {*store.labels(*address).values(), *running.get(address, ())}
            numbers = removable(_all(store, address, deadline), keep=kept, needed=needed, now=at)
            for part in _parts(sorted(numbers)):
                admin.prune(*address, part)
            if numbers:
                log.info("%d old versions of %s (%s) were forgotten", len(numbers), *address)

    return job


def _all(store: ConfigStore, address: Address, deadline: Deadline) -> Iterator[Version]:
    before: int | None = None
    while page := store.history(*address, before=before, limit=_PAGE):
        yield from page
        before = page[-1].number
        deadline.check(f"the history of {address[0]}")


def _running(instances: InstanceStore, since: datetime) -> Mapping[Address, set[int]]:
    """The versions that instances said they run."""
    found: dict[Address, set[int]] = {}
    for ack in instances.acks(seen_after=since):
        for layer, number in ack.versions.items():
            key, _, name = layer.partition("@")
            found.setdefault((key, name), set()).add(number)
    return found


def _parts(numbers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), _AT_ONCE):
        yield numbers[start : start + _AT_ONCE]

"""Which version is meant, or was in force: by number, label, time, or the digest that an answer carries."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from agents.configuration.documents import to_milliseconds
from agents.configuration.layers import effective, layers_of
from agents.configuration.stores import version
from agents.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.configuration.documents import Address, Version
    from agents.configuration.layers import Effective
    from agents.configuration.ports import ConfigStore

HEAD: Final = "head"
PREVIOUS: Final = "previous"
WORDS: Final = frozenset({HEAD, PREVIOUS})  # which no label can be called

_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_SKEW: Final = timedelta(minutes=1)  # by which an agent's clock may be behind the store's
_MOST_STEPS: Final = 200  # back from a time, to the configuration that an agent still ran then


def read_time(text: str) -> datetime:
    """A moment as RFC 3339 writes it; raises InvalidError."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidError(f"{text[:64]!r} is not a time with its zone", fix="Write it like 2026-06-30T12:00:00Z.")


def find(store: ConfigStore, key: str, layer: str, ref: str, *, head: int | None = None) -> Version:
    """The version that a number, a label, a time, `head` or `previous` means; raises NotFoundError.

    `head` is the number that counts as the newest, for who decided on what was there then.
    """
    if _NUMBER.fullmatch(ref):
        return version(store, key, layer, int(ref))
    if ref[:1].isdigit():
        return at_time(store, key, layer, read_time(ref))
    if ref in WORDS:
        found = store.history(key, layer, before=None if head is None else head + 1, limit=2)
        if len(found) <= (ref == PREVIOUS):
            raise NotFoundError(f"{key} ({layer}) has no {ref} version", fix="List its history.")
        return found[ref == PREVIOUS]
    labels = store.labels(key, layer)
    if ref not in labels:
        known = f"Labels: {', '.join(sorted(labels))}." if labels else "Write a number, a time, head or previous."
        raise NotFoundError(f"{key} ({layer}) has no label {ref[:64]!r}", fix=known)
    return version(store, key, layer, labels[ref])


def at_time(store: ConfigStore, key: str, layer: str, when: datetime) -> Version:
    """The version of a layer that was its newest at a moment; raises NotFoundError when none was, or it is pruned."""
    found = in_force(store, (key, layer), when)
    if found is None:
        raise NotFoundError(f"{key} ({layer}) had no version at {when.isoformat()}", fix="List its history.")
    return found


def in_force(store: ConfigStore, address: Address, when: datetime) -> Version | None:
    """The newest version of an address at a moment, None when there was none yet. Reads as many as halving takes.

    Raises NotFoundError when retention has taken away what it was.
    """
    newest = _below(store, address, None)
    if newest is None or _since(newest) <= when:
        return newest
    known: Version | None = None  # the newest that is old enough
    after = newest  # the oldest that is too new
    low, high = 1, newest.number - 1  # numbers that may still be in force
    while low <= high:
        middle = (low + high) // 2
        one = _below(store, address, middle + 1)
        if one is None or one.number < low:
            low = middle + 1  # nothing is kept from there down to `low`
        elif _since(one) <= when:
            known, low = one, middle + 1
        else:
            after, high = one, one.number - 1
    if after.number != (known.number if known else 0) + 1:
        key, layer = address
        raise NotFoundError(
            f"the version of {key} ({layer}) at {when.isoformat()} is not kept any more",
            fix="Its number, author and time are in the audit.",
        )
    return known


def answered(  # noqa: PLR0913 - what an answer says of itself
    store: ConfigStore, key: str, digest: str, *, at: datetime, environment: str, instance: str | None = None
) -> Effective:
    """The configuration of that digest, as it was run at a moment or was still run then; raises NotFoundError.

    An answer names the digest. An agent may be behind the store for a while, so the search goes back from the moment,
    a version at a time, and only content of that very digest is given.
    """
    wanted = layers_of(key, environment, instance)
    held = [in_force(store, address, at + _SKEW) for address in wanted]
    for _ in range(_MOST_STEPS):
        found = _merged(key, held)
        if found is not None and found.digest == digest:
            return found
        present = [(one.created_at, number) for number, one in enumerate(held) if one is not None]
        if not present:
            break
        last = max(present)[1]
        held[last] = _before(store, held[last])
    raise NotFoundError(
        f"no configuration of {key} around {at.isoformat()} has the digest {digest[:19]}",
        fix="Check agent, digest and time of the answer, and name the instance if it has a layer of its own.",
    )


def _since(one: Version) -> datetime:
    # As it is shown: older versions were kept to the microsecond.
    return to_milliseconds(one.created_at)


def _merged(key: str, layers: Sequence[Version | None]) -> Effective | None:
    try:
        return effective(key, layers)
    except (InvalidError, NotFoundError):  # layers that never fitted were never run
        return None


def _before(store: ConfigStore, one: Version | None) -> Version | None:
    return _below(store, (one.key, one.layer), one.number) if one else None


def _below(store: ConfigStore, address: Address, before: int | None) -> Version | None:
    return next(iter(store.history(*address, before=before, limit=1)), None)

"""Which instances there are, since when, and who speaks for each.

Kept beside what instances say, as an ack of the document `instance`: `at` is when it began, `reason` who speaks for it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from agents.configuration.instances import Ack
from agents.errors import ForbiddenError, LimitedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from agents.configuration.ports import InstanceStore

    _Said = Mapping[str, Sequence[Ack]]  # by instance

MEMBER: Final = "instance"  # no key of a document, as those have two parts
MOST_EACH: Final = 1_000  # of one subject, as many as may follow with a machine's key; each is read by every report
_MOST: Final = 10_000
_AGAIN_S: Final = 60


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What the store held: members by name, and the names of what writes to the store itself and is none."""

    number: int
    members: Mapping[str, Ack]
    direct: frozenset[str]


class Members:
    """An instance belongs to the subject that spoke for it first, until it says that it is gone or is long silent.

    The subject "" is this process, for what runs in it, of which it needs to ask nobody. `silent` is after how long an
    instance is not there any more; its name stays its subject's for `bound`. Processes that share a store know of each
    other by what it holds: of two that admit a name at the same moment for two subjects neither refuses, and the later
    word stays. An ack is written without a condition, so nothing here can close that: see docs/decisions/018.
    """

    def __init__(self, instances: InstanceStore, *, silent: timedelta, bound: timedelta) -> None:
        self._instances = instances
        self._silent = silent
        self._bound = bound
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Ack] = OrderedDict()
        self._looking = threading.Lock()
        self._looks = 0
        self._last = _Look(number=0, members={}, direct=frozenset())

    def admit(self, acks: Sequence[Ack], *, subject: str, now: datetime) -> tuple[Ack, ...]:
        """What to keep of their instances, besides the acks.

        Raises ForbiddenError for an instance of another, and LimitedError for one too many of the same subject.
        """
        said: dict[str, list[Ack]] = {}
        for ack in acks:
            said.setdefault(ack.instance, []).append(ack)
        with self._lock:
            known = [self._known.get(name) for name in said]
            if not subject or all(one and self._is_of(one, subject, now) for one in known):
                return self._keep(said, subject, now)
        look = self._look(now)  # without the lock: who is known does not wait for the store
        with self._lock:
            self._remember(look.members.values())
            self._check(said, subject, now, look.direct)
            return self._keep(said, subject, now)

    def _keep(self, said: _Said, subject: str, now: datetime) -> tuple[Ack, ...]:
        found = tuple(self._now(name, self._known.get(name), said[name], subject, now) for name in said)
        for one in found:
            self._known[one.instance] = one
            self._known.move_to_end(one.instance)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return found

    def _look(self, now: datetime) -> _Look:
        """The store as it is now or later. Whoever waits for a look that began too early shares the next one.

        So when a fleet starts, it is read a few times and not once for each instance.
        """
        wanted = self._looks + 1
        with self._looking:
            if self._last.number < wanted:
                self._looks += 1
                self._last = self._read(self._looks, now)
            return self._last

    def _read(self, number: int, now: datetime) -> _Look:
        found = self._instances.acks(seen_after=now - self._bound)
        members = {ack.instance: ack for ack in found if ack.key == MEMBER}
        there = {ack.instance for ack in found if ack.status != "gone" and now - ack.seen_at < self._silent}
        named = {name for name, member in members.items() if member.status != "gone"}
        return _Look(number=number, members=members, direct=frozenset(there - named))

    def _remember(self, members: Iterable[Ack]) -> None:
        """All of them, not only who asks: after a restart one look knows the whole fleet. The later word counts."""
        for member in members:
            known = self._known.get(member.instance)
            if known is None or known.seen_at < member.seen_at:
                self._known[member.instance] = member

    def _check(self, said: _Said, subject: str, now: datetime, direct: frozenset[str]) -> None:
        named = {name: one.reason for name, one in self._known.items() if self._is_named(one, now)}
        for name in said:
            # What writes to the store itself is in no need of being a member, and is not to be spoken for.
            if named.get(name, subject) != subject or (name in direct and name not in named):
                raise ForbiddenError(f"another speaks for the instance {name}", fix="Take a name of your own.")
        own = {name for name, whose in named.items() if whose == subject}
        new = {name for name, acks in said.items() if any(ack.status != "gone" for ack in acks)} - own
        if new and len(own) + len(new) > MOST_EACH:
            raise LimitedError(
                f"you speak for {len(own)} instances already, and {MOST_EACH:,} is the most",
                retry_after_s=_AGAIN_S,
                fix="Say `gone` of each that ends, and keep names over restarts: a silent one counts for an hour.",
            )

    def _is_named(self, member: Ack, now: datetime) -> bool:
        """Whether its name is its subject's still."""
        return member.status != "gone" and now - member.seen_at < self._bound

    def _is_of(self, member: Ack, subject: str, now: datetime) -> bool:
        """Whether it is there, as this subject's."""
        return member.status != "gone" and member.reason == subject and now - member.seen_at < self._silent

    def _now(self, name: str, before: Ack | None, said: Sequence[Ack], subject: str, now: datetime) -> Ack:
        began = before.at if before is not None and self._is_of(before, subject, now) else now
        member = Ack(instance=name, key=MEMBER, digest="", versions={}, cursor="", status="applied",
                     at=began, seen_at=now, reason=subject)  # fmt: skip
        return replace(member, status="gone") if all(ack.status == "gone" for ack in said) else member


def beginnings(acks: Iterable[Ack]) -> Mapping[str, datetime]:
    """Since when each instance is there, as far as that is known."""
    return {ack.instance: ack.at for ack in acks if ack.key == MEMBER}

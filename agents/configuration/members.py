"""Which instances there are, since when, and who speaks for each.

Kept beside what instances say, as an ack of the document `instance`: `at` is when it began, `reason` who speaks for it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from agents.configuration.instances import Ack
from agents.errors import ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from agents.configuration.ports import InstanceStore

MEMBER: Final = "instance"  # no key of a document, as those have two parts
_MOST: Final = 10_000


class Members:
    """An instance belongs to the subject that spoke for it first, until it says that it is gone or is long silent.

    The subject "" is this process, for what runs in it, of which it needs to ask nobody. `silent` is after how long an
    instance is not there any more; its name stays its subject's for `bound`.
    """

    def __init__(self, instances: InstanceStore, *, silent: timedelta, bound: timedelta) -> None:
        self._instances = instances
        self._silent = silent
        self._bound = bound
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Ack] = OrderedDict()

    def admit(self, acks: Sequence[Ack], *, subject: str, now: datetime) -> tuple[Ack, ...]:
        """What to keep of their instances, besides the acks. Raises ForbiddenError for an instance of another."""
        said: dict[str, list[Ack]] = {}
        for ack in acks:
            said.setdefault(ack.instance, []).append(ack)
        with self._lock:
            kept = {name: self._known.get(name) for name in said}
            if subject and not all(one and self._is_of(one, subject, now) for one in kept.values()):
                kept = self._read(said, subject, now)
            found = tuple(self._now(name, kept[name], said[name], subject, now) for name in said)
            for one in found:
                self._known[one.instance] = one
                self._known.move_to_end(one.instance)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)
        return found

    def _is_of(self, member: Ack, subject: str, now: datetime) -> bool:
        """Whether it is there, as this subject's."""
        return member.status != "gone" and member.reason == subject and now - member.seen_at < self._silent

    def _read(self, names: Iterable[str], subject: str, now: datetime) -> dict[str, Ack | None]:
        there = [ack for ack in self._instances.acks(seen_after=now - self._bound) if ack.status != "gone"]
        members = {ack.instance: ack for ack in there if ack.key == MEMBER}
        # What writes to the store itself is in no need of being a member, and is not to be spoken for.
        direct = {ack.instance for ack in there if now - ack.seen_at < self._silent} - members.keys()
        for name in names:
            if (name in members and members[name].reason != subject) or (name in direct and subject):
                raise ForbiddenError(f"another speaks for the instance {name}", fix="Take a name of your own.")
        return {name: members.get(name) for name in names}

    def _now(self, name: str, before: Ack | None, said: Sequence[Ack], subject: str, now: datetime) -> Ack:
        began = before.at if before is not None and self._is_of(before, subject, now) else now
        member = Ack(instance=name, key=MEMBER, digest="", versions={}, cursor="", status="applied",
                     at=began, seen_at=now, reason=subject)  # fmt: skip
        return replace(member, status="gone") if all(ack.status == "gone" for ack in said) else member


def beginnings(acks: Iterable[Ack]) -> Mapping[str, datetime]:
    """Since when each instance is there, as far as that is known."""
    return {ack.instance: ack.at for ack in acks if ack.key == MEMBER}

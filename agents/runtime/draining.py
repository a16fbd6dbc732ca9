"""Which configurations conversations may still go on with, and until when: what an instance says while it drains."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from agents.runtime.follow_source import Remembers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from agents.runtime.configured import Configured
    from agents.runtime.follow_source import ConfigSource, InForce
    from agents.runtime.former import Former


class Left(NamedTuple):
    """For how long a configuration drains; nothing does when the time is 0."""

    seconds: float
    digest: str


class Draining:
    """What drains, of each agent.

    A process that starts has answered nobody, and yet goes on with conversations that others began. So what drains
    follows from the versions that are younger than the drain time, as far as the source remembers them, and from what
    ran here. `now` gives the time in UTC, for the times of versions; `clock` goes on whatever the time is set to.
    """

    def __init__(
        self,
        source: ConfigSource,
        former: Former,
        *,
        drain_s: float,
        clock: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        self._source = source
        self._former = former
        self._drain = timedelta(seconds=drain_s)
        self._clock = clock
        self._now = now
        self._ends: dict[str, Mapping[str, float]] = {}  # name -> digest -> when it is drained, by the clock

    def change(self, newest: Configured, was: Configured | None, *, at: datetime | None, first: bool) -> None:
        """The agent runs `newest` from now on instead of `was`; `at` is when its newest layer was published.

        `first` says that this process has not read the source before. Raises as the source does.
        """
        ends = dict(self._ends.get(newest.name, {}))
        if was is not None and was.digest != newest.digest:
            self._former.keep(newest.name, was.digest, was)
            ends[was.digest] = self._clock() + self._drain.total_seconds()
        if not isinstance(self._source, Remembers):
            self._former.take_back(newest.name, newest.digest)
        ends = self._still(newest, ends)
        # What changes hot while nothing drains needs no look at what was before.
        if (first or ends) and at is not None and isinstance(self._source, Remembers):
            # What changes while we look on is new, whatever the clocks of store and process say.
            since = (self._now() if first else min(self._now(), at)) - self._drain
            if at >= since:
                ends = self._still(newest, self._with_earlier(self._source, newest, ends, since))
        self._ends[newest.name] = ends

    def left(self, name: str) -> Left:
        """What of the agent drains for longest."""
        ends, clock = self._ends.get(name, {}), self._clock()
        digest = max(ends, key=lambda one: ends[one], default="")
        left_s = ends[digest] - clock if digest else 0.0
        return Left(left_s, digest) if left_s > 0 else Left(0.0, "")

    def _with_earlier(
        self, source: Remembers, newest: Configured, ends: Mapping[str, float], since: datetime
    ) -> dict[str, float]:
        earlier: dict[str, tuple[InForce, datetime]] = {}
        for one in source.in_force(newest.name, since=since):
            if one.until is not None:  # not what is in force now
                earlier.setdefault(one.effective.digest, (one, one.until))  # as it was last
        earlier.pop(newest.digest, None)
        found, clock, now = dict(ends), self._clock(), self._now()
        for digest, (one, until) in reversed(earlier.items()):  # in the order in which they ran
            if one.withdrawn:
                self._former.keep(newest.name, digest, None)
                found.pop(digest, None)
            else:
                self._former.learn(newest.name, one.effective)
                found.setdefault(digest, clock + (until + self._drain - now).total_seconds())
        return found

    def _still(self, newest: Configured, ends: Mapping[str, float]) -> dict[str, float]:
        clock = self._clock()
        return {digest: end for digest, end in ends.items() if end > clock and self._former.drains(newest, digest)}

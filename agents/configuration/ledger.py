"""Desired and applied side by side: who runs what was published, since when, and who does not. Pure functions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from agents.configuration.instances import Ack

Standing: TypeAlias = Literal["applied", "draining", "rejected", "behind", "stale"]

_AHEAD: Final = timedelta(seconds=5)  # clocks differ by less
SEEN_S: Final = 60.0  # an instance that said nothing for longer is stale; it says something every ten seconds


@dataclass(frozen=True, kw_only=True)
class Desired:
    """What a document should run as: the digest of its newest layers, and when the newest of them was published.

    `digest` is empty when the layers do not merge.
    """

    key: str
    digest: str
    versions: Mapping[str, int]  # `key@layer` -> number
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What an instance runs of a document, against what it should.

    `standing`: `applied` it runs it; `draining` it does in new conversations, and `running` in older ones; `rejected`
    it refused it and runs `running`; `behind` it said nothing of it yet; `stale` it was not seen for a while, so what
    it runs is not known. `lag_s` is from the publish to when it was put in force, None while it is not, and for what
    was published before the instance began: that is how long it was away.
    """

    instance: str
    key: str
    standing: Standing
    desired: str
    digest: str
    versions: Mapping[str, int]
    running: str
    reason: str
    at: datetime
    seen_at: datetime
    lag_s: float | None


@dataclass(frozen=True, kw_only=True)
class Report:
    """Every instance and document that was asked for, and what follows."""

    at: datetime
    desired: tuple[Desired, ...]  # of instances without a layer of their own
    applied: tuple[Applied, ...]
    lag_p50_s: float | None
    lag_p99_s: float | None

    @property
    def stale(self) -> tuple[str, ...]:
        """The instances that were not seen for a while."""
        return tuple(sorted({one.instance for one in self.applied if one.standing == "stale"}))

    def waits_for(self, *, allow_draining: bool = False) -> tuple[str, ...]:
        """What keeps it from having converged, a line each."""
        seen = [one for one in self.applied if one.standing != "stale"]
        silent = sorted({one.key for one in self.desired} - {one.key for one in seen})
        return (
            *(f"{one.instance} is {one.standing} on {one.key}{self._clock(one)}" for one in seen
              if one.standing not in _fine(allow_draining=allow_draining)),
            *(f"no instance says that it runs {key}" for key in silent),
        )  # fmt: skip

    def _clock(self, one: Applied) -> str:
        ahead = one.seen_at - self.at
        return f"; its clock is {ahead.total_seconds():,.0f} s ahead" if ahead > _AHEAD else ""

    def converged(self, *, allow_draining: bool = False) -> bool:
        """Whether every instance that was seen runs what is desired, and one was.

        Then no turn that starts from now on runs an older digest: an instance puts a configuration in force first and
        says so after, and a turn takes what is in force when it starts. A conversation that drains is an exception
        while it lasts, so `draining` counts only when that is allowed.
        """
        return bool(self.desired) and not self.waits_for(allow_draining=allow_draining)


def _fine(*, allow_draining: bool) -> frozenset[Standing]:
    return frozenset({"applied", "draining"}) if allow_draining else frozenset({"applied"})


def report(
    desired: Mapping[tuple[str, str], Desired],
    acks: Sequence[Ack],
    *,
    at: datetime,
    began: Mapping[str, datetime] | None = None,
    seen_s: float = SEEN_S,
) -> Report:
    """What the acks say at a time. `desired` is by key and instance; the instance "" is everybody else.

    `began` is since when an instance is there, where that is known. One that is gone runs nothing, and is left out.
    """
    beginnings = began or {}
    applied = tuple(
        _applied(ack, wanted, at - timedelta(seconds=seen_s), beginnings.get(ack.instance))
        for ack in sorted(acks, key=lambda ack: (ack.instance, ack.key))
        if ack.status != "gone" and (wanted := desired.get((ack.key, ack.instance)) or desired.get((ack.key, "")))
    )
    lags = sorted(one.lag_s for one in applied if one.lag_s is not None and one.standing != "stale")
    return Report(
        at=at,
        desired=tuple(wanted for (_, instance), wanted in sorted(desired.items()) if not instance),
        applied=applied,
        lag_p50_s=_percentile(lags, 50),
        lag_p99_s=_percentile(lags, 99),
    )


def _applied(ack: Ack, desired: Desired, seen_after: datetime, began: datetime | None) -> Applied:
    # The digest alone would do for what runs; the versions tell a newer publish of the same content, and what no
    # digest names because it does not merge.
    current = (ack.digest, dict(ack.versions)) == (desired.digest, dict(desired.versions))
    standing: Standing = ack.status if current and ack.status != "gone" else "behind"
    followed = standing in {"applied", "draining"} and (began is None or began <= desired.since)
    return Applied(
        instance=ack.instance,
        key=ack.key,
        standing="stale" if ack.seen_at <= seen_after else standing,
        desired=desired.digest,
        digest=ack.digest,
        versions=ack.versions,
        running=ack.running,
        reason=ack.reason,
        at=ack.at,
        seen_at=ack.seen_at,
        # Clocks of two machines differ a little: nobody applies what is not published yet.
        lag_s=max(0.0, (ack.at - desired.since).total_seconds()) if followed else None,
    )


def _percentile(values: Sequence[float], percent: int) -> float | None:
    """Of sorted values, the smallest that as many are not above (nearest rank); None of none."""
    return values[max(0, math.ceil(len(values) * percent / 100) - 1)] if values else None

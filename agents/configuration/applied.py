"""The applied-state ledger over its stores: what should run is worked out from the layers, what does was said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from agents.configuration.layers import address, addresses, effective
from agents.configuration.ledger import SEEN_S, Desired, report
from agents.configuration.members import Members, beginnings
from agents.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from agents.configuration.documents import Version
    from agents.configuration.instances import Ack
    from agents.configuration.ledger import Report
    from agents.configuration.ports import ConfigStore, InstanceStore

REMEMBERED: Final = timedelta(hours=1)  # how long an instance that is silent is named, and its name is kept for it


@dataclass(frozen=True, kw_only=True)
class AppliedStates:
    """`agents` are those that run here; `now` gives the time in UTC."""

    store: ConfigStore
    instances: InstanceStore
    agents: Collection[str]
    environment: str
    now: Callable[[], datetime]

    def report(self, keys: Sequence[str] = (), *, seen_s: float = SEEN_S) -> Report:
        """Desired and applied of some documents, of every agent's when none is named. Raises UnavailableError."""
        at = self.now()
        acks = self.instances.acks(seen_after=at - max(REMEMBERED, timedelta(seconds=seen_s)))
        here = [ack for ack in acks if ack.status != "gone"]
        return report(self._desired(self._names(keys), here), here, at=at, began=beginnings(here), seen_s=seen_s)

    def take(self, acks: Sequence[Ack], *, subject: str) -> None:
        """Keeps what a subject says of instances elsewhere, as seen now.

        Raises NotFoundError for documents that no agent here runs, ForbiddenError for an instance of another, and
        LimitedError for more instances than a subject speaks for.
        """
        self._names([ack.key for ack in acks])
        self._keep(acks, subject)

    def ack(self, acks: Sequence[Ack]) -> None:
        """Keeps what instances of this process say, as seen now: by the clock that reports go by."""
        self._keep(acks, "")

    def _keep(self, acks: Sequence[Ack], subject: str) -> None:
        now = self.now()
        members = self._members.admit(acks, subject=subject, now=now)
        # What was put in force in the future was not: somebody's clock is ahead.
        said = [replace(ack, at=min(ack.at, now), seen_at=now) for ack in acks]
        self.instances.ack([*said, *members])

    @cached_property
    def _members(self) -> Members:
        return Members(self.instances, silent=timedelta(seconds=SEEN_S), bound=REMEMBERED)

    def _names(self, keys: Sequence[str]) -> list[str]:
        known = {f"agent/{name}": name for name in sorted(self.agents)}
        if unknown := sorted(set(keys) - set(known)):
            raise NotFoundError(f"no agent here runs {unknown[0][:140]!r}", fix=f"Documents: {', '.join(known)}.")
        return [known[key] for key in dict.fromkeys(keys)] if keys else list(known.values())

    def _desired(self, names: Sequence[str], acks: Sequence[Ack]) -> dict[tuple[str, str], Desired]:
        """By key and instance; an instance is there when it has a layer of its own."""
        wanted = {(name, ""): addresses(name, self.environment) for name in names}
        for ack in acks:
            name = ack.key.partition("/")[2]
            if name in names:
                wanted[name, ack.instance] = addresses(name, self.environment, ack.instance)
        unique = list(dict.fromkeys(pair for pairs in wanted.values() for pair in pairs))
        heads = dict(zip(unique, self.store.heads(unique), strict=True))
        found = {}
        for (name, instance), pairs in wanted.items():
            layers = [head for pair in pairs if (head := heads[pair])]
            if layers and (not instance or heads[pairs[-1]]):
                found[f"agent/{name}", instance] = _desired(f"agent/{name}", layers)
        return found


def _desired(key: str, layers: Sequence[Version]) -> Desired:
    try:
        digest = effective(key, layers).digest
    except InvalidError:
        digest = ""
    return Desired(
        key=key,
        digest=digest,
        versions={address(version): version.number for version in layers},
        since=max(version.created_at for version in layers),
    )

"""Hot reload: agents run the newest valid configuration, and one turn never sees two versions."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from agents.configuration.documents import START
from agents.errors import GapError, InvalidError, UnavailableError
from agents.runtime.configured import change_class, configured
from agents.runtime.draining import Draining
from agents.runtime.follow_source import ConfigSource, Found, Remembers, StoreSource
from agents.runtime.former import DRAIN_S, Former
from agents.telemetry.measures import UNMEASURED
from agents.telemetry.metrics import CONFIG_APPLIED, CONFIG_REJECTED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agents.configuration.documents import Cursor
    from agents.configuration.instances import Status
    from agents.runtime.acks import Acks
    from agents.runtime.configured import Configured
    from agents.runtime.follow_source import StoreReads
    from agents.runtime.last_good import LastGood
    from agents.telemetry.measures import Measures

log = logging.getLogger(__name__)

_PAGE: Final = 200  # changes read at once; more are as costly as everything
_LONGEST_WAIT_S: Final = 30.0
_SLOW_S: Final = 0.1  # a look that fails sooner may be had by every turn
_EVER: Final = datetime(1, 1, 1, tzinfo=UTC)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class _State:
    """What a turn takes, swapped as a whole."""

    cursor: Cursor | None = None  # None until the first sync
    agents: Mapping[str, Configured] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Verdict:
    """What becomes of an agent that is published anew."""

    name: str
    layers: Found
    runs: Configured | None
    changed: bool = False  # whether it runs something else from now on
    refused: InvalidError | None = None


class Follower:
    """Gives each turn a snapshot of every agent's configuration.

    The change log's tail is read at the start of a turn, which is one cheap read, so a published version counts from
    the next turn on, also in a sandbox that was frozen in between. What does not validate, or needs a deployment, or
    a store that is away, leaves the last good one in force: that of this process, or at its start the newest valid one
    that the store remembers, or that of `last_good`. Of a store it reads the layers of `environment` and `instance`;
    another source has both already. `now` gives the time in UTC.
    """

    def __init__(  # noqa: PLR0913 - where it reads, what it keeps, whom it tells
        self,
        source: StoreReads | ConfigSource,
        *,
        agents: Sequence[str],
        environment: str,
        instance: str | None = None,
        last_good: LastGood | None = None,
        acks: Acks | None = None,
        drain_s: float = DRAIN_S,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _utc_now,
        measures: Measures = UNMEASURED,
    ) -> None:
        self._source = (
            source
            if isinstance(source, ConfigSource)
            else StoreSource(source, environment=environment, instance=instance)
        )
        self._agents = tuple(agents)
        self._last_good = last_good
        self._acks = acks
        self._clock = clock
        self._measures = measures
        self._state = _State()
        self._loading = threading.Lock()
        self._away = False
        self._trouble = ""
        self._failed_at = -1.0
        self._retry_at = 0.0
        self._trying = threading.Lock()
        self.former = Former(self._source, drain_s=drain_s)
        self._draining = Draining(self._source, self.former, drain_s=drain_s, clock=clock, now=now)
        self.tells = True  # whether a snapshot sends acks; not where a thread of its own does

    def snapshot(self) -> Mapping[str, Configured]:
        """Every agent by name, as published now; raises UnavailableError only when nothing was ever read."""
        try:
            self.refresh()
        finally:
            if self.tells:
                self.tell()
        return self._state.agents

    def current(self) -> Mapping[str, Configured]:
        """Every agent by name as last read, without looking for news; empty before anything was."""
        return self._state.agents

    def refresh(self) -> None:
        """Takes over what is new. See `snapshot`."""
        if not (self._away and self._state.agents):
            self._read()
        # While the store is away one turn looks for it now and then; the others go on with what they have.
        elif self._clock() >= self._retry_at and self._trying.acquire(blocking=False):
            try:
                self._read()
            finally:
                self._trying.release()

    def tell(self) -> None:
        """Sends the acks that are due, and says that the instance lives. Raises nothing for a ledger that is away."""
        if self._acks is not None:
            self._acks.send(self._state.cursor or START)

    def leave(self) -> None:
        """Says that the instance ends, so that nobody waits for it. Raises nothing, as `tell`."""
        if self._acks is not None:
            self._acks.leave()

    def trouble(self) -> str:
        """Why what runs may not be what is published; empty while the store answers, and before the first look."""
        return self._trouble

    def _read(self) -> None:
        began = self._clock()
        try:
            if self._source.tail() != self._state.cursor:
                with self._loading:
                    if self._failed_at >= began and self._state.agents:
                        return  # whoever loaded before us waited long enough
                    self._load()
        except Exception as error:
            # Slow failures cost a turn its time, so after one the next look is later.
            self._failed_at = self._clock()
            took_s = self._failed_at - began
            self._retry_at = self._failed_at + (min(_LONGEST_WAIT_S, 10 * took_s) if took_s > _SLOW_S else 0)
            self._trouble = str(error) if isinstance(error, UnavailableError) else "the configuration cannot be read"
            if not self._fall_back():
                raise
            if not self._away:
                log.warning(
                    "configuration store is away; the last good one stays: %s",
                    error,
                    exc_info=None if isinstance(error, UnavailableError) else error,
                )
            self._away = True
            return
        if self._away:
            log.warning("configuration store is back")
        self._away = False
        self._trouble = ""

    def _fall_back(self) -> bool:
        """Whether there is anything to run, be it from the disk."""
        if self._state.agents or self._last_good is None:
            return bool(self._state.agents)
        with self._loading:
            # Whoever loaded meanwhile has it from the store, so it stays.
            if not self._state.agents:
                self._run_from_disk()
        return bool(self._state.agents)

    def _run_from_disk(self) -> None:
        agents = {name: kept for name in self._agents if (kept := self._from_disk(name))}
        self._state = _State(agents=agents)
        for name, kept in agents.items():
            # Of what is published nothing is known, so nothing of it is said to be in force, be it the same by chance.
            reason = f"the disk's copy runs, since the store is away: {self._trouble}"
            found = Found(versions=kept.versions, effective=None)
            self._say(name, "", found, START, "rejected", running=kept.digest, reason=reason)

    def _from_disk(self, name: str) -> Configured | None:
        kept = self._last_good.read(name) if self._last_good else None
        if kept is None:
            return None
        try:
            return configured(name, kept)
        except InvalidError as error:  # another program's idea of a configuration
            log.warning("the last good configuration of agent/%s is left aside: %s", name, error.message)
            return None

    def _last_valid(self, name: str) -> Configured | None:
        """What a process that never stopped would run of an agent whose newest layers are refused."""
        if isinstance(self._source, Remembers):
            for one in self._source.in_force(name, since=_EVER):
                if one.withdrawn or one.until is None:  # what is in force now was refused
                    continue
                try:
                    return configured(name, one.effective)
                except InvalidError:
                    continue
        return self._from_disk(name)

    def _load(self) -> None:
        before = self._state
        # Read before the layers, so that what is published meanwhile is news once more. Others may have read it too.
        tail = self._source.tail()
        if tail == before.cursor:
            return
        names, cursor = self._changed(before.cursor, tail)
        found = self._source.newest(names) if names else {}
        # The store is read for verdicts too and may fail, so nobody is told before all of them run.
        verdicts = [one for name, layers in found.items() if (one := self._judge(name, layers, before))]
        agents = {**before.agents, **{one.name: one.runs for one in verdicts if one.runs}}
        if agents:
            self._state = _State(cursor=cursor, agents=before.agents if agents == before.agents else agents)
        for one in verdicts:
            self._report(one, cursor)
        if not agents:
            absent = ", ".join(f"agent/{name}" for name in names)
            raise UnavailableError(f"there is no valid document of {absent}, so no agent is configured",
                                   fix="Publish one, or deploy the base documents.")  # fmt: skip
        for name, layers in found.items():
            runs, good = agents.get(name), layers.effective
            if self._last_good and good and runs and runs != before.agents.get(name) and runs.digest == good.digest:
                self._last_good.save(name, good)

    def _changed(self, after: Cursor | None, tail: Cursor) -> tuple[tuple[str, ...], Cursor]:
        """The agents to read again, and the cursor up to which they are then read."""
        if after is None:
            return self._agents, tail
        try:
            changes = self._source.changes(after=after, limit=_PAGE)
        except GapError:
            return self._agents, tail
        if not changes.items or len(changes.items) == _PAGE:  # the log of another store, or a long one
            return self._agents, tail
        keys = {change.key for change in changes.items}
        shared = "agent/defaults" in keys
        return tuple(name for name in self._agents if shared or f"agent/{name}" in keys), changes.cursor

    def _judge(self, name: str, layers: Found, state: _State) -> _Verdict | None:
        """What the agent runs from now on; None when that is what it runs already, by the same versions."""
        started = state.cursor is not None  # before that, what ran is what the disk held
        running = state.agents.get(name)
        digest = _published(layers)
        if running is not None and (running.digest, running.versions) == (digest, layers.versions) and started:
            return None
        try:
            newer = _valid(name, layers)
            if running and started:
                _need_no_deployment(running, newer)
        except InvalidError as error:
            kept = running if running and started else self._last_valid(name) or running
            return _Verdict(name=name, layers=layers, runs=kept, refused=error)
        # What began to drain goes on to, whatever is published meanwhile, unless that takes it back.
        self._draining.change(newer, running, at=layers.at, first=not started)
        return _Verdict(name=name, layers=layers, runs=newer, changed=running is None or running.digest != digest)

    def _report(self, verdict: _Verdict, cursor: Cursor) -> None:
        """Says to the log, the measures and the ledger what is in force."""
        name, layers, digest = verdict.name, verdict.layers, _published(verdict.layers)
        if verdict.refused:
            log.warning("agent/%s is refused; the last good one stays: %s", name, verdict.refused)
            self._measures.record(CONFIG_REJECTED, agent=name)
            runs, reason = verdict.runs.digest if verdict.runs else "", str(verdict.refused)
            self._say(name, digest, layers, cursor, "rejected", running=runs, reason=reason)
            return
        if verdict.changed:
            self._measures.record(CONFIG_APPLIED, agent=name)
        left = self._draining.left(name)
        if left.seconds:
            self._say(name, digest, layers, cursor, "draining", running=left.digest, drained_s=left.seconds)
        else:
            self._say(name, digest, layers, cursor, "applied")

    def _say(  # noqa: PLR0913 - what an ack says
        self,
        name: str,
        digest: str,
        layers: Found,
        cursor: Cursor,
        status: Status,
        *,
        running: str = "",
        reason: str = "",
        drained_s: float = 0,
    ) -> None:
        if self._acks is not None:
            self._acks.say(
                f"agent/{name}",
                digest=digest,
                versions=layers.versions,
                cursor=cursor,
                status=status,
                running=running,
                reason=reason,
                drained_s=drained_s,
            )


def _published(layers: Found) -> str:
    """The digest; empty when the layers do not merge."""
    return layers.effective.digest if layers.effective else ""


def _valid(name: str, layers: Found) -> Configured:
    if layers.effective is None:
        raise InvalidError(layers.problem)
    return configured(name, layers.effective)


def _need_no_deployment(running: Configured, newer: Configured) -> None:
    if change_class(running.config, newer.config) == "redeploy":
        raise InvalidError("it changes a field that needs a deployment", fix="Deploy, or take the change back.")

"""What this instance says of the configuration it runs: kept until the ledger took it."""

from __future__ import annotations

import dataclasses
import logging
import threading
from typing import TYPE_CHECKING, Final, Protocol

from agents.configuration.instances import Ack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from agents.configuration.documents import Cursor
    from agents.configuration.instances import Status

log = logging.getLogger(__name__)

SEEN_S: Final = 10.0  # how often an instance says that it lives
_END_S: Final = 2.0  # for what is being sent when the program ends
_PATIENCE_S: Final = (1.0, 30.0)  # between attempts while the ledger is away: at first, at most


class AckSink(Protocol):
    """Takes acks: an `InstanceStore`, or what sends them over HTTP. Raises UnavailableError."""

    def ack(self, acks: Sequence[Ack]) -> None:
        """Keeps each, unless a later one of the same instance and key is there."""


class Acks:
    """The newest ack of each document, sent when one is new and every `SEEN_S`; safe for several threads.

    An ack that could not be sent waits, and gives way to a newer one of its document, so what waits stays bounded. Its
    time is when the configuration was put in force, not when the ledger took it. `now` is in UTC.
    """

    def __init__(
        self, sink: AckSink, *, instance: str, now: Callable[[], datetime], clock: Callable[[], float]
    ) -> None:
        self._sink = sink
        self._instance = instance
        self._now = now
        self._clock = clock
        self._changing = threading.Lock()
        self._sending = threading.Lock()
        self._acks: dict[str, Ack] = {}
        self._ends: dict[str, float] = {}  # key -> when what drains is done, by the clock
        self._due = 0.0
        self._patience_s = _PATIENCE_S[0]

    def say(  # noqa: PLR0913 - what an ack says
        self,
        key: str,
        *,
        digest: str,
        versions: Mapping[str, int],
        cursor: Cursor,
        status: Status,
        running: str = "",
        reason: str = "",
        drained_s: float = 0,
    ) -> None:
        """Replaces what was said of the document. `draining` becomes `applied` after `drained_s`."""
        at = self._now()
        ack = Ack(
            instance=self._instance,
            key=key,
            digest=digest,
            versions=dict(versions),
            cursor=cursor,
            status=status,
            at=at,
            seen_at=at,
            running=running,
            reason=reason,
        )
        with self._changing:
            self._acks[key] = ack
            self._ends.pop(key, None)
            if status == "draining":
                self._ends[key] = self._clock() + drained_s
            if self._patience_s == _PATIENCE_S[0]:  # while the ledger is away, news waits as well
                self._due = 0.0

    def send(self, cursor: Cursor) -> None:
        """Sends what is due, up to where the instance has read; costs nothing when nothing is."""
        if self._clock() < self._due or not self._acks or not self._sending.acquire(blocking=False):
            return
        try:
            began = self._clock()
            with self._changing:
                self._end_draining(began)
                self._due = min([began + SEEN_S, *self._ends.values()])
                seen_at = self._now()
                self._acks = {
                    key: dataclasses.replace(ack, cursor=cursor, seen_at=seen_at) for key, ack in self._acks.items()
                }
                acks = tuple(self._acks.values())
            try:
                self._sink.ack(acks)
            except Exception as error:  # noqa: BLE001 - whatever it is, a turn does not fail for it
                self._wait(error)
            else:
                self._patience_s = _PATIENCE_S[0]
        finally:
            self._sending.release()

    def leave(self) -> None:
        """Says once that the instance ends; a ledger that is away finds out by its silence."""
        if not self._sending.acquire(timeout=_END_S):
            return
        try:
            with self._changing:
                seen_at = self._now()
                acks = tuple(dataclasses.replace(ack, status="gone", seen_at=seen_at) for ack in self._acks.values())
                self._due = self._clock() + SEEN_S  # one that goes on all the same says so then
            if acks:
                self._sink.ack(acks)
        except Exception as error:  # noqa: BLE001 - whatever it is, the program ends all the same
            log.warning("the ledger of instances is away, and does not know that this one ends: %s", error)
        finally:
            self._sending.release()

    def _end_draining(self, clock: float) -> None:
        for key in [key for key, end in self._ends.items() if end <= clock]:
            del self._ends[key]
            self._acks[key] = dataclasses.replace(self._acks[key], status="applied", running="")

    def _wait(self, error: Exception) -> None:
        log.warning("the ledger of instances is away; what this one runs is told later: %s", error)
        with self._changing:
            self._due = self._clock() + self._patience_s
            self._patience_s = min(self._patience_s * 2, _PATIENCE_S[1])

"""The audit: every decision becomes a record of this process's chain, durable before its effect leaves."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from agents.access.chain import Link, following, seal
from agents.access.ports import MAX_RECORDS
from agents.errors import InvalidError, QuartermasterError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextvars import Token

    from agents.access.chain import Record
    from agents.access.decisions import Decision
    from agents.access.ports import AuditLog

_SCOPE: ContextVar[Scope | None] = ContextVar("audit_scope", default=None)
# A chain ends after a day, so that what retention removes from its beginning is as old as what it leaves.
LIFETIME: Final = timedelta(days=1)
SLACK: Final = timedelta(minutes=1)  # a clock that is set back by more begins a new chain, with the right time
WAIT_S: Final = 10.0  # that a caller waits for others' records; a log that takes longer is as good as away
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


def current_request_id() -> str:
    """The id of the request that is open in this context, "" outside of one."""
    scope = _SCOPE.get()
    return scope.request_id if scope else ""


def settle() -> None:
    """Makes durable what the request that is open in this context decided so far. Raises UnavailableError.

    For whoever hands on before the answer leaves what a decision allowed: to a model, or to a store.
    """
    scope = _SCOPE.get()
    if scope is not None:
        scope.settle()


class Audit:
    """The `Decisions` of one process: one writer, one chain, whatever number of threads.

    `now` gives the time in UTC, `new_id` a UUIDv7. A log that failed may have kept the records or not, so the chain
    ends there: the next record begins a new one, of a new writer, and the unknown ones are at worst a valid end.
    """

    def __init__(
        self,
        log: AuditLog,
        *,
        tenant: str,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
        wait_s: float = WAIT_S,
    ) -> None:
        self._log = log
        self._wait_s = wait_s
        self._tenant = tenant
        self._now = now
        self._new_id = new_id
        self._waiting: deque[_Ticket] = deque()
        self._queue = threading.Lock()
        self._led = False
        # Made at the first record: processes that are copies of one snapshot must not share a chain.
        self._end: Link | None = None
        self._at = self._began = _LONG_AGO
        self._id = ""

    def record(self, decision: Decision) -> None:
        """Keeps a decision until its request is flushed; writes it at once when none is open. See `Decisions`."""
        scope = _SCOPE.get()
        if scope is None or scope.audit is not self or not scope.add(decision):
            self.write([decision], current_request_id())

    def open(self, request_id: str) -> Scope:
        """Begins a request in this context; threads take part when they run in a copy of it."""
        return Scope(self, request_id)

    @contextmanager
    def request(self, request_id: str) -> Iterator[None]:
        """A request around a block. On every way out its decisions are durable, or UnavailableError leaves."""
        scope = self.open(request_id)
        try:
            yield
        finally:
            scope.close()

    def write(self, decisions: Sequence[Decision], request_id: str) -> None:
        """Makes up to 100 decisions durable. Raises UnavailableError.

        Whoever comes first leads: one append takes all who wait. Those who come meanwhile wait for the next, and the
        first of them leads that. Nobody waits longer than `wait_s` for the others.
        """
        if len(decisions) > MAX_RECORDS:
            raise InvalidError(f"at most {MAX_RECORDS} decisions are written down at once")
        ticket = _Ticket(decisions, request_id)
        try:
            with self._queue:
                self._waiting.append(ticket)
                ticket.leads = not self._led
                self._led = True
            if not ticket.leads and not ticket.called.wait(self._wait_s):
                self._give_up(ticket)
        except BaseException:  # a signal: who goes away must not be called to lead
            with self._queue:
                if ticket in self._waiting and not ticket.leads:
                    self._waiting.remove(ticket)
            raise
        finally:
            if ticket.leads:
                self._lead()
        if ticket.error is not None and not isinstance(ticket.error, QuartermasterError):
            raise ticket.error
        if ticket.error is not None:
            raise UnavailableError(
                "the decision on this request could not be written down, so nothing was done",
                fix="Try again in a moment.",
            ) from ticket.error

    def _give_up(self, ticket: _Ticket) -> None:
        """Ends the wait of a caller. Its record may be under way, and is then one of what was not done."""
        with self._queue:
            if ticket.leads or ticket.called.is_set():
                return  # just now
            ticket.error = UnavailableError("the audit takes too long")
            ticket.gone = True
            if ticket in self._waiting:
                self._waiting.remove(ticket)

    def _lead(self) -> None:
        """One append of all who wait, the leader first of them; then the next is called."""
        batch: list[_Ticket] = []
        room = MAX_RECORDS
        with self._queue:
            while self._waiting and len(self._waiting[0].decisions) <= room:
                batch.append(self._waiting.popleft())
                room -= len(batch[-1].decisions)
        try:
            self._append(batch)
        finally:
            with self._queue:
                self._led = bool(self._waiting)
                called = batch + list(self._waiting)[:1]
                if self._led:
                    called[-1].leads = True
            for ticket in called:
                ticket.called.set()

    def _append(self, batch: Sequence[_Ticket]) -> None:
        """Appends what a batch holds, at best at once; says to each ticket what became of it."""
        error = self._try(batch)
        if error is None or isinstance(error, UnavailableError) or len(batch) == 1:
            for ticket in batch:
                self._say(ticket, error)
            return
        # One of them cannot be stored, and nobody knows which: that one fails alone.
        for ticket in batch:
            if not ticket.gone:
                self._say(ticket, self._try([ticket]))

    def _try(self, batch: Sequence[_Ticket]) -> Exception | None:
        done = False
        try:
            self._log.append(
                [self._seal(decision, ticket.request_id) for ticket in batch for decision in ticket.decisions]
            )
            done = True
        except Exception as failed:  # noqa: BLE001 - it is raised again where the decision was made
            return failed
        finally:
            if not done:
                self._end = None
        return None

    def _say(self, ticket: _Ticket, error: Exception | None) -> None:
        with self._queue:
            if not ticket.gone:
                ticket.error = error

    def _seal(self, decision: Decision, request_id: str) -> Record:
        now = self._now()
        if self._end is None or now - self._began >= LIFETIME or self._at - now > SLACK:
            self._end, self._began, self._at, self._id = Link(self._new_id()), now, now, ""
        self._at = max(self._at, now)
        decision = replace(decision, tenant=decision.tenant or self._tenant)
        # Ids of one millisecond are in no order of their own.
        self._id = max(self._new_id(), following(self._id) if self._id else "")
        record = seal(decision, self._end, record_id=self._id, request_id=request_id, at=self._at)
        self._end = record.link
        return record


class Scope:
    """A request whose decisions are made durable together, at the latest before its answer leaves."""

    def __init__(self, audit: Audit, request_id: str) -> None:
        self.audit = audit
        self.request_id = request_id
        self._pending: list[Decision] = []
        self._collecting = True
        self._lock = threading.Lock()
        self._token: Token[Scope | None] | None = _SCOPE.set(self)

    def add(self, decision: Decision) -> bool:
        """Keeps a decision for the next flush; False when it must be written at once."""
        with self._lock:
            if not self._collecting or len(self._pending) >= MAX_RECORDS:
                return False
            self._pending.append(decision)
            return True

    def done(self) -> bool:
        """Ends the collecting as `flush` does, when there is nothing to write; False when there is."""
        with self._lock:
            self._collecting = self._collecting and bool(self._pending)
            return not self._pending

    def flush(self) -> None:
        """Makes all pending decisions durable. Raises UnavailableError; then the answer must not leave.

        From now on the answer may be leaving, so that what is decided later is written at once.
        """
        with self._lock:
            self._collecting = False
        self.settle()

    def settle(self) -> None:
        """Makes all pending decisions durable and goes on collecting. Raises UnavailableError."""
        with self._lock:
            pending, self._pending = self._pending, []
        if pending:
            self.audit.write(pending, self.request_id)

    def close(self) -> None:
        """Ends the request in the context that opened it, and flushes."""
        if self._token is not None:
            _SCOPE.reset(self._token)
            self._token = None
        self.flush()


class _Ticket:
    """Decisions of one caller who waits until they are durable, or until it is his turn to lead."""

    def __init__(self, decisions: Sequence[Decision], request_id: str) -> None:
        self.decisions = decisions
        self.request_id = request_id
        self.called = threading.Event()
        self.leads = False
        self.gone = False  # the caller waits no more
        # Until it is said otherwise: whoever leads may be interrupted.
        self.error: Exception | None = UnavailableError("the audit failed")

"""The audit: every decision becomes a record of this process's chain, durable before its effect leaves."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from agents.access.chain import Link, seal
from agents.access.ports import MAX_RECORDS
from agents.errors import QuartermasterError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextvars import Token

    from agents.access.chain import Record
    from agents.access.decisions import Decision
    from agents.access.ports import AuditLog

_SCOPE: ContextVar[Scope | None] = ContextVar("audit_scope", default=None)
# A chain ends after a day, so that what retention removes from its beginning is as old as what it leaves.
LIFETIME: Final = timedelta(days=1)
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


def current_request_id() -> str:
    """The id of the request that is open in this context, "" outside of one."""
    scope = _SCOPE.get()
    return scope.request_id if scope else ""


class Audit:
    """The `Decisions` of one process: one writer, one chain, whatever number of threads.

    `now` gives the time in UTC, `new_id` a UUIDv7. A log that failed may have kept the records or not, so the chain
    ends there: the next record begins a new one, of a new writer, and the unknown ones are at worst a valid end.
    """

    def __init__(self, log: AuditLog, *, tenant: str, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._log = log
        self._tenant = tenant
        self._now = now
        self._new_id = new_id
        self._waiting: deque[_Ticket] = deque()
        self._leading = threading.Lock()
        # Made at the first record: processes that are copies of one snapshot must not share a chain.
        self._end: Link | None = None
        self._at = self._began = _LONG_AGO

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

        Whoever is first writes what all the others wait for, so that one append serves them all.
        """
        ticket = _Ticket(decisions, request_id)
        self._waiting.append(ticket)
        with self._leading:
            while not ticket.done:
                self._commit()
        if ticket.error is not None:
            raise UnavailableError(
                "the decision on this request could not be written down, so nothing was done",
                fix="Try again in a moment.",
            ) from ticket.error

    def _commit(self) -> None:
        """One append of what waits; only whoever leads calls it."""
        batch, room = [], MAX_RECORDS
        while self._waiting and len(self._waiting[0].decisions) <= room:
            ticket = self._waiting.popleft()
            batch.append(ticket)
            room -= len(ticket.decisions)
        error: QuartermasterError | None = None
        try:
            self._log.append(
                [self._seal(decision, ticket.request_id) for ticket in batch for decision in ticket.decisions]
            )
        except QuartermasterError as failed:
            error = failed
        except BaseException as failed:
            error = UnavailableError("the audit failed")
            error.__cause__ = failed
            raise
        finally:
            if error is not None:
                self._end = None
            for ticket in batch:
                ticket.error, ticket.done = error, True

    def _seal(self, decision: Decision, request_id: str) -> Record:
        # A clock that is set back must not make a chain run backwards.
        self._at = max(self._at, self._now())
        if self._end is None or self._at - self._began >= LIFETIME:
            self._end, self._began = Link(self._new_id()), self._at
        decision = replace(decision, tenant=decision.tenant or self._tenant)
        record = seal(decision, self._end, record_id=self._new_id(), request_id=request_id, at=self._at)
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

    def flush(self) -> None:
        """Makes all pending decisions durable. Raises UnavailableError; then the answer must not leave.

        From now on the answer may be leaving, so that what is decided later is written at once.
        """
        with self._lock:
            self._collecting = False
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
    """Decisions of one caller who waits for them to be durable."""

    def __init__(self, decisions: Sequence[Decision], request_id: str) -> None:
        self.decisions = decisions
        self.request_id = request_id
        self.done = False
        self.error: QuartermasterError | None = None

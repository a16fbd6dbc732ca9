"""Group commit: whoever comes first leads, and writes for all who wait, in one transaction with one sync."""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from agents.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

T = TypeVar("T")
MOST: Final = 64  # works of one transaction: those who come later must not wait for ever


class Group:
    """Runs works in transactions that they share; `transaction` opens one, which is durable when its block ends.

    Each work is done or undone for itself: what it raises undoes nothing of the others. When the transaction fails,
    all of its works were for nothing, and each caller hears it.
    """

    def __init__(self, transaction: Callable[[], AbstractContextManager[sqlite3.Connection]]) -> None:
        self._transaction = transaction
        self._waiting: deque[_Ticket[object]] = deque()
        self._queue = threading.Lock()
        self._led = False

    def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What the work gives, durable. Raises what the work raises, and UnavailableError."""
        ticket = _Ticket(work)
        with self._queue:
            self._waiting.append(ticket)  # type: ignore[arg-type]  # its result is for its owner only
            ticket.leads = not self._led
            self._led = True
        try:
            if not ticket.leads:
                ticket.called.wait()
        except BaseException:  # a signal: who goes away must not be called to lead
            with self._queue:
                if ticket in self._waiting and not ticket.leads:
                    self._waiting.remove(ticket)  # type: ignore[arg-type]  # as above
            raise
        finally:
            if ticket.leads:
                self._lead()
        return ticket.outcome()

    def _lead(self) -> None:
        """One transaction for all who wait, the leader first of them; then the next is called."""
        with self._queue:
            batch = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
        try:
            with self._transaction() as connection:
                for ticket in batch:
                    _try(ticket, connection, alone=len(batch) == 1)
            for ticket in batch:
                ticket.committed = True
        except BaseException as error:
            for ticket in batch:
                ticket.error = ticket.error or error
            if not isinstance(error, Exception):
                raise
        finally:
            with self._queue:
                self._led = bool(self._waiting)
                called = batch + list(self._waiting)[:1]
                if self._led:
                    called[-1].leads = True
            for ticket in called:
                ticket.called.set()


def _try(ticket: _Ticket[object], connection: sqlite3.Connection, *, alone: bool) -> None:
    if alone:  # the transaction itself undoes it
        ticket.result = ticket.work(connection)
        return
    connection.execute("SAVEPOINT work")
    try:
        ticket.result = ticket.work(connection)
    except Exception as error:
        # SQLite ends the whole transaction when the disk is full or fails: then nobody's work is kept.
        if not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO work")
        ticket.error = error
    connection.execute("RELEASE work")


class _Ticket(Generic[T]):
    """A work of one caller who waits until it is done, or until it is his turn to lead."""

    def __init__(self, work: Callable[[sqlite3.Connection], T]) -> None:
        self.work = work
        self.called = threading.Event()
        self.leads = False
        self.committed = False
        self.result: T | None = None
        self.error: BaseException | None = None

    def outcome(self) -> T:
        if isinstance(self.error, UnavailableError):  # several callers may hear of it: an error for each
            raise UnavailableError(self.error.message, fix=self.error.fix) from self.error
        if isinstance(self.error, sqlite3.Error):
            raise UnavailableError(f"the store failed: {self.error}", fix="Try again in a moment.") from self.error
        if isinstance(self.error, Exception):
            raise self.error
        if not self.committed:  # its leader was interrupted
            raise UnavailableError("the store was interrupted, so nothing was written", fix="Try again in a moment.")
        return self.result  # type: ignore[return-value]  # set when it was committed

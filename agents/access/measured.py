"""What is measured around the gateway, around decisions and around what keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.errors import ForbiddenError, InvalidError, QuartermasterError
from agents.telemetry.measures import timed
from agents.telemetry.metrics import (
    ACCESS_DENIALS,
    AUDIT_FAILURES,
    QUERIES,
    QUERY_FAILURES,
    QUERY_LATENCY,
    QUERY_REFUSALS,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.access.chain import Record
    from agents.access.decisions import Decision, Decisions
    from agents.access.ports import AuditLog, Entry, Gateway, Rows
    from agents.access.principal import Caller
    from agents.deadline import Deadline
    from agents.telemetry.measures import Measures


@dataclass(frozen=True)
class MeasuredGateway:
    """A `Gateway` whose statements are counted and timed; what it refuses is told from what failed."""

    gateway: Gateway
    measures: Measures

    @property
    def dialect(self) -> str:
        return self.gateway.dialect

    def query(self, statement: str, caller: Caller, *, deadline: Deadline) -> Rows:
        try:
            with timed(self.measures, QUERIES, QUERY_LATENCY):
                return self.gateway.query(statement, caller, deadline=deadline)
        except (ForbiddenError, InvalidError) as error:
            self.measures.record(QUERY_REFUSALS, code=error.code)
            raise
        except QuartermasterError as error:
            self.measures.record(QUERY_FAILURES, code=error.code)
            raise
        except Exception:
            self.measures.record(QUERY_FAILURES, code=QuartermasterError.code)
            raise


@dataclass(frozen=True)
class MeasuredDecisions:
    """`Decisions` whose denials are counted by action."""

    decisions: Decisions
    measures: Measures

    def record(self, decision: Decision) -> None:
        if not decision.allowed:
            self.measures.record(ACCESS_DENIALS, action=decision.action)
        self.decisions.record(decision)


@dataclass(frozen=True)
class MeasuredLog:
    """An `AuditLog` whose failed writes are counted: each ended the requests that waited for it."""

    log: AuditLog
    measures: Measures

    def append(self, records: Sequence[Record]) -> None:
        try:
            self.log.append(records)
        except Exception:
            self.measures.record(AUDIT_FAILURES)
            raise

    def read(self, *, after: str, limit: int) -> tuple[Entry, ...]:
        return self.log.read(after=after, limit=limit)

"""What is measured around the gateway, and around what keeps decisions."""

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
class MeasuredLog:
    """An `AuditLog` whose denials are counted by action, and whose failed writes: each ended who waited for it.

    Every decision passes here, whoever made it.
    """

    log: AuditLog
    measures: Measures

    def append(self, records: Sequence[Record]) -> None:
        try:
            self.log.append(records)
        except Exception:
            self.measures.record(AUDIT_FAILURES)
            raise
        for record in records:
            if not record.decision.allowed:
                self.measures.record(ACCESS_DENIALS, action=record.decision.action)

    def read(self, *, after: str, limit: int) -> tuple[Entry, ...]:
        return self.log.read(after=after, limit=limit)

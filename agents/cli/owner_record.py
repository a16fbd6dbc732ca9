"""Writes down what is done by a command, before it is done: by the owner of this machine, or of an AWS identity."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from agents.contract import DEFAULT_TENANT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.access.chain import Record
    from agents.access.ports import AuditLog, Entry
    from agents.access.roles import Action

AUTHOR: Final = "qm"  # whoever owns this machine


@dataclass(frozen=True, kw_only=True)
class OwnedLog:
    """An audit log with the one who writes into it by commands, and the rule that lets him."""

    log: AuditLog
    subject: str
    rule: str
    tenant: str = DEFAULT_TENANT

    def append(self, records: Sequence[Record]) -> None:
        self.log.append(records)

    def read(self, *, after: str, limit: int) -> tuple[Entry, ...]:
        return self.log.read(after=after, limit=limit)


def record(log: AuditLog, action: Action, *resources: str) -> None:
    """One decision for each resource, durable when it returns. Raises UnavailableError; then nothing must be done."""
    from agents.access.audit import Audit
    from agents.access.decisions import Decision
    from agents.runtime.ids import uuid7

    owned = log if isinstance(log, OwnedLog) else OwnedLog(log=log, subject=AUTHOR, rule="owner of the laptop")
    audit = Audit(
        owned,
        tenant=owned.tenant,
        now=lambda: datetime.now(UTC),
        new_id=lambda: uuid7(time.time_ns() // 1_000_000, os.urandom),
    )
    audit.write(
        [
            Decision(action=action, resource=resource, allowed=True, rule=owned.rule, subject=owned.subject)
            for resource in resources
        ],
        "",
    )

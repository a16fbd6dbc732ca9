"""Writes down what the owner of this machine does by a command, before it is done."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from agents.access.ports import AuditLog
    from agents.access.roles import Action

AUTHOR: Final = "qm"  # whoever owns this machine


def record(log: AuditLog, action: Action, *resources: str) -> None:
    """One decision for each resource, durable when it returns. Raises UnavailableError; then nothing must be done."""
    from agents.access.audit import Audit
    from agents.access.decisions import Decision
    from agents.contract import DEFAULT_TENANT
    from agents.runtime.ids import uuid7

    audit = Audit(
        log,
        tenant=DEFAULT_TENANT,
        now=lambda: datetime.now(UTC),
        new_id=lambda: uuid7(time.time_ns() // 1_000_000, os.urandom),
    )
    audit.write(
        [
            Decision(action=action, resource=resource, allowed=True, rule="owner of the laptop", subject=AUTHOR)
            for resource in resources
        ],
        "",
    )

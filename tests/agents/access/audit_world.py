"""An audit in memory's reach: a log, anchors and a key in a folder, written by a few writers over some hours."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from agents.access.audit import Audit
from agents.access.decisions import Decision
from agents.adapters.local_anchors import LocalAnchors
from agents.adapters.local_signer import LocalSigner
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.deadline import Deadline
from agents.runtime.ids import uuid7
from agents.runtime.jobs import anchor_audit

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 6, 30, 12, 0, 0, 123000, tzinfo=UTC)


def decision(subject: str = "wanda", *, allowed: bool = True) -> Decision:
    return Decision(
        action="ask:query",
        resource="table/product",
        allowed=allowed,
        rule="persona warehouse_manager",
        subject=subject,
        persona="warehouse_manager",
        roles=("viewer",),
        detail={"statement": "sha256:ab", "tables": ["product"], "rows": 3},
    )


@dataclass
class World:
    """Time passes with each id, so that ids and times rise."""

    folder: Path
    now: datetime = START
    dice: random.Random = field(default_factory=lambda: random.Random(1))

    def __post_init__(self) -> None:
        self.log = SqliteAuditLog(self.folder / "audit.db", tenant="default", clock=lambda: START)
        self.anchors = LocalAnchors(self.folder / "anchors")
        self.signer = LocalSigner(self.folder / "audit.pem")
        self.job = anchor_audit(self.log, self.anchors, self.signer, tenant="default", now=lambda: self.now)

    def new_id(self) -> str:
        self.now += timedelta(milliseconds=1)
        return uuid7(round(self.now.timestamp() * 1000), self.dice.randbytes)

    def audit(self) -> Audit:
        return Audit(self.log, tenant="default", now=lambda: self.now, new_id=self.new_id)

    def anchor(self) -> None:
        self.job(Deadline.after(60))

    def records(self) -> list[str]:
        return [entry.text for entry in self.log.read(after="", limit=100_000)]

    def anchor_texts(self) -> list[str]:
        return [self.anchors.read(number).decode() for number in self.anchors.numbers(after=0, limit=1_000)]

    def close(self) -> None:
        self.log.close()

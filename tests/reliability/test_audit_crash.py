"""R1: a process that is killed while it decides loses no decision whose request it answered, and no chain breaks."""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from agents.access.audit_verify import verify
from agents.access.chain import parse
from agents.adapters.local_anchors import LocalAnchors
from agents.adapters.local_signer import LocalSigner
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.bootstrap.common import now
from agents.deadline import Deadline
from agents.runtime.jobs import anchor_audit
from tests.reliability.killed import run_and_kill

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.reliability.conftest import Load

THREADS = 16
KILLS, REQUESTS = 200, 100_000  # the full form; the short form does a tenth
LEAST_PER_S = 100


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_kill_9_loses_no_acknowledged_decision(tmp_path: Path, load: Load, report: Callable[..., None]) -> None:
    """After every kill each acknowledged request is there whole; at the end the audit verifies, anchors and all."""
    kills, requests = load.of(KILLS), load.of(REQUESTS)
    path = tmp_path / "audit.db"
    log = SqliteAuditLog(path, tenant="default", clock=now)
    anchors, signer = LocalAnchors(tmp_path / "anchors"), LocalSigner(tmp_path / "audit.pem")
    anchor = anchor_audit(log, anchors, signer, tenant="default", now=now)
    dice = random.Random(1)
    after, done, rounds, busy_s = "", 0, 0, 0.0
    while rounds < kills or done < requests:
        began = time.monotonic()
        acknowledged = run_and_kill("audit_writer.py", path, THREADS, least=dice.randrange(1, 2 * requests // kills))
        busy_s += time.monotonic() - began
        found: Counter[str] = Counter()
        while entries := log.read(after=after, limit=1_000):
            found.update(parse(entry.text).request_id for entry in entries)
            after = entries[-1].id
        assert all(found[request] == 2 for request in acknowledged), "an acknowledged decision is lost"
        assert set(found.values()) == {2}, "half of a request was kept"
        done += len(acknowledged)
        rounds += 1
        anchor(Deadline.after(60))
    texts = []
    after = ""
    while entries := log.read(after=after, limit=1_000):
        texts += [(entry.id, entry.text.encode()) for entry in entries]
        after = entries[-1].id
    log.close()
    proof = verify(texts, [(str(n), anchors.read(n)) for n in range(1, anchors.last() + 1)], signer.public_key())
    report(kills=rounds, acked_requests=done, lost=0, records=proof.records, writers=proof.writers,
           anchors=proof.anchors, findings=len(proof.findings), requests_per_s=round(done / busy_s))  # fmt: skip
    assert (proof.findings, proof.unproven) == ((), 0)
    assert done / busy_s >= LEAST_PER_S, "void: too little load to prove anything"

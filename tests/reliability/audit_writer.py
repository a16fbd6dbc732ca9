"""A process that decides as fast as it can and prints each request that was acknowledged, until it is killed."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from agents.access.audit import Audit
from agents.access.decisions import Decision
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.bootstrap.common import new_id, now


def main(path: str, threads: int) -> None:
    audit = Audit(SqliteAuditLog(Path(path), tenant="default", clock=now), tenant="default", now=now, new_id=new_id)
    decision = Decision(action="ask", resource="agent/inventory", allowed=True, rule="persona warehouse_manager")

    def decide() -> None:
        while True:
            request = new_id()
            with audit.request(request):
                audit.record(decision)
                audit.record(decision)
            # One write call a line, so that a kill cuts no line in two that was counted.
            os.write(1, f"{request}\n".encode())

    for _ in range(threads):
        threading.Thread(target=decide, daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

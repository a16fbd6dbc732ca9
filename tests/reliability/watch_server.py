"""A server of the change feed that a test may kill: `watch_server.py FOLDER PORT`.

Real edge, guard, sign-in and audit, and a store of its own process. A number on its standard input appends as many
versions and says so. At its end it says how many still follow.
"""

from __future__ import annotations

import resource
import socket
import sys
import threading
import time
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from agents.access.audit import Audit
from agents.access.credentials import ByForm
from agents.access.request_limits import RequestLimits
from agents.access.sign_in import SignIn
from agents.access.tokens import Verifier
from agents.adapters.local_issuer import AUDIENCE, ISSUER, LocalIssuer
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.api.app import create_app
from agents.api.changes import change_routes
from agents.cli.http_server import Limits, http_server
from agents.configuration.documents import Draft
from agents.configuration.feed import Feed, HeardStore

KEYS = 20


def main(folder: Path, port: int) -> None:
    def now() -> datetime:
        return datetime.now(UTC)

    inner = SqliteConfigStore(folder / "configuration.db", tenant="default", clock=now)
    feed = Feed(inner)
    store = HeardStore(inner, feed.wake)
    issuer = LocalIssuer(folder / "issuer.pem", clock=time.time)
    audit = Audit(
        SqliteAuditLog(folder / "audit.db", tenant="default", clock=now),
        tenant="default", now=now, new_id=lambda: f"{time.time_ns():032x}",
    )  # fmt: skip
    app = create_app(
        routers=[change_routes(feed, clock=time.time)],
        ready=store.tail,
        sign_in=SignIn(
            ByForm(people=Verifier(issuer, issuer=ISSUER, audience=AUDIENCE, clock=time.time)),
            "default",
            decisions=audit,
            limits=RequestLimits(clock=time.monotonic),
        ),
        audit=audit,
        hosts=("127.0.0.1",),
        new_id=lambda: uuid.uuid4().hex,
    )
    listener = socket.create_server(("127.0.0.1", port))
    # What is not read is soon felt here, and a reader that stops is dropped after a second.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    server = http_server(app, replace(Limits(), unread_s=1))
    say(listener.getsockname()[1])
    threading.Thread(target=append, args=(store,), daemon=True).start()
    server.run(sockets=[listener])


def append(store: HeardStore) -> None:
    for line in sys.stdin:
        count = int(line)
        for number in range(count):
            key = f"agent/writer-{number % KEYS}"
            head = store.heads([(key, "base")])[0]
            store.append(
                [
                    Draft(
                        key=key, layer="base", content={"at": time.time_ns()}, author="writer", message="m",
                        expected=head.number if head else 0,
                    )
                ]
            )  # fmt: skip
        following = sum(thread.name == "change-feed" for thread in threading.enumerate())
        memory_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        say(store.tail() or 0, following, memory_kb)


def say(*what: object) -> None:
    sys.stdout.write(" ".join(map(str, what)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

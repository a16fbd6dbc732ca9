"""A small server of its own for tests: real edge, guard, sign-in and audit before routes that do next to nothing."""

from __future__ import annotations

import json
import socket
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel

from agents.access.audit import Audit
from agents.access.credentials import ByForm
from agents.access.request_limits import Rates, RequestLimits
from agents.access.sign_in import SignIn
from agents.access.tokens import Verifier
from agents.adapters.local_issuer import AUDIENCE, ISSUER, LocalIssuer
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.api.app import create_app
from agents.api.guard import Identified  # noqa: TC001 - read at run time
from agents.cli.http_server import Limits, http_server
from agents.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from pathlib import Path

    from agents.access.chain import Record
    from agents.access.sign_in import Credentials

SHORT = Limits(connections=300, idle_s=1, head_s=0.6, drain_s=0.3, unread_s=0.6, grace_s=1)
BODY_S = 0.6


class Thing(BaseModel):
    """What the probe's routes take."""

    name: str


class BreakableLog(SqliteAuditLog):
    """A log whose disk can be full."""

    broken = False

    def append(self, records: Sequence[Record]) -> None:
        if self.broken:
            raise UnavailableError("the disk is full")
        super().append(records)


@dataclass
class Probe:
    """The server, in this process: its time-outs are short, and its audit can be broken.

    `done` is what its routes did; `stop` ends it before its time.
    """

    port: int
    issuer: LocalIssuer
    log: BreakableLog
    done: list[str] = field(default_factory=list)
    stop: Callable[[], None] = lambda: None

    def bearer(self, *groups: str, subject: str = "wanda") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.issuer.token(subject, groups)}"}

    def records(self, request_id: str) -> list[dict[str, Any]]:
        found = [json.loads(entry.text) for entry in self.log.read(after="", limit=10_000)]
        return [record for record in found if record["request_id"] == request_id]

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=20) as http:
            return http.request(method, path, **options)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


@contextmanager
def probed(
    folder: Path,
    *,
    origins: Sequence[str] = (),
    routers: Sequence[APIRouter] = (),
    machines: Credentials | None = None,
    limits: Limits = SHORT,
    send_buffer: int = 0,
) -> Iterator[Probe]:
    """The server, until the block ends; its own routes come after `routers`. Sockets send as usual unless told."""
    listener = socket.create_server(("127.0.0.1", 0))
    if send_buffer:  # connections have it from their listener
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    issuer = LocalIssuer(folder / "issuer.pem", clock=time.time)
    log = BreakableLog(folder / "audit.db", tenant="default", clock=lambda: datetime.now(UTC))
    found = Probe(port=listener.getsockname()[1], issuer=issuer, log=log)
    audit = Audit(log, tenant="default", now=lambda: datetime.now(UTC), new_id=lambda: f"{time.time_ns():032x}")
    people = Verifier(issuer, issuer=ISSUER, audience=AUDIENCE, clock=time.time)
    rates = Rates(per_second=1_000, burst=1_000, failures=1_000)
    app = create_app(
        routers=[*routers, _routes(found)],
        ready=lambda: None,
        sign_in=SignIn(
            ByForm(people=people, machines=machines),
            "default",
            decisions=audit,
            limits=RequestLimits(clock=time.monotonic, rates=rates),
        ),
        audit=audit,
        hosts=("127.0.0.1",),
        new_id=lambda: uuid.uuid4().hex,
        origins=origins,
        body_s=BODY_S,
    )
    server = http_server(app, limits)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()

    def stop() -> None:
        server.should_exit = True
        thread.join(10)

    found.stop = stop
    try:
        yield found
    finally:
        stop()
        listener.close()
    assert not thread.is_alive()


def _routes(probe: Probe) -> APIRouter:
    router = APIRouter()

    @router.post("/v1/ask")
    def ask(body: Thing, identity: Identified) -> dict[str, str]:
        return {"name": body.name, "subject": identity.claims.subject}

    @router.put("/v1/configs/{kind}/{name}")
    def write(kind: str, name: str, body: Thing) -> dict[str, str]:
        probe.done.append(f"{kind}/{name} {body.name}")
        return {}

    @router.get("/v1/configs/{kind}/{name}")
    def read(kind: str, name: str) -> Response:
        if name == "broken":
            raise RuntimeError("a defect with a secret in it")
        return Response("x" * 4_000_000 if name == "large" else f"{kind}/{name}")

    @router.get("/v1/access/me")
    async def me() -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"a"
            yield b"b"

        return StreamingResponse(parts())

    return router

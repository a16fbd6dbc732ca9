"""A server of its own with the routes of configuration: real edge, guard, sign-in, audit, store and plugins."""

from __future__ import annotations

import json
import socket
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx

from agents.access.audit import Audit
from agents.access.credentials import ByForm
from agents.access.policy_document import KEY as POLICY
from agents.access.request_limits import Rates, RequestLimits
from agents.access.sign_in import SignIn
from agents.access.tokens import Verifier
from agents.adapters.local_issuer import AUDIENCE, ISSUER, LocalIssuer
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.api.app import create_app
from agents.api.configs import config_routes
from agents.cli.http_server import Limits, http_server
from agents.configuration.access_policy import AccessPolicy
from agents.configuration.documents import Draft
from agents.configuration.publish import Publisher
from agents.runtime.registry import load_plugins
from agents.supply_chain import document
from agents.supply_chain.policy import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCUMENTS = {
    **{f"agent/{name}": document(name) for name in ("defaults", "inventory", "sql")},
    POLICY: document("policy", kind="access"),
}


@dataclass
class ConfigServer:
    """The server, in this process, and its store."""

    port: int
    issuer: LocalIssuer
    log: SqliteAuditLog
    store: SqliteConfigStore
    publisher: Publisher

    def bearer(self, *groups: str, subject: str = "olga") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.issuer.token(subject, groups)}"}

    def client(self, *groups: str, subject: str = "olga") -> httpx.Client:
        headers = self.bearer(*groups, subject=subject) if groups else {}
        # Nothing here speaks TLS, and reading its certificates takes longer than a request.
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30, headers=headers, verify=False)

    def records(self, request_id: str) -> list[dict[str, Any]]:
        found = [json.loads(entry.text) for entry in self.log.read(after="", limit=100_000)]
        return [record for record in found if record["request_id"] == request_id]


@contextmanager
def config_server(folder: Path, *, environment: str = "dev") -> Iterator[ConfigServer]:
    """The server, over a store that holds the documents that ship, until the block ends."""

    def now() -> datetime:
        return datetime.now(UTC)

    store = SqliteConfigStore(folder / "configuration.db", tenant="default", clock=now)
    store.append(
        [
            Draft(key=key, layer="base", content=content, author="quartermaster", message="It ships", expected=0)
            for key, content in DOCUMENTS.items()
        ]
    )
    registry = load_plugins(["agents.supply_chain"])
    policy = AccessPolicy(
        store, environment=environment, catalogue=CATALOGUE, agents=registry.agents, tools=registry.tools
    )
    publisher = Publisher(
        store,
        agents=registry.agents,
        tools=registry.tools,
        environment=environment,
        checks={POLICY: policy.check},
        now=now,
    )
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    issuer = LocalIssuer(folder / "issuer.pem", clock=time.time)
    log = SqliteAuditLog(folder / "audit.db", tenant="default", clock=now)
    audit = Audit(log, tenant="default", now=now, new_id=lambda: f"{time.time_ns():032x}")
    app = create_app(
        routers=[config_routes(publisher, audit)],
        ready=lambda: None,
        sign_in=SignIn(
            ByForm(people=Verifier(issuer, issuer=ISSUER, audience=AUDIENCE, clock=time.time), machines=None),
            "default",
            decisions=audit,
            limits=RequestLimits(clock=time.monotonic, rates=Rates(per_second=10_000, burst=10_000, failures=1_000)),
        ),
        audit=audit,
        hosts=("127.0.0.1",),
        new_id=lambda: uuid.uuid4().hex,
    )
    server = http_server(app, Limits())
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield ConfigServer(port=listener.getsockname()[1], issuer=issuer, log=log, store=store, publisher=publisher)
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
        store.close()
        log.close()
    assert not thread.is_alive()


PATH = "/v1/configs/agent/inventory"
DEV = {"layer": "env:dev"}


def put(http: httpx.Client, rows: int, number: int, **headers: str) -> httpx.Response:
    """Publishes `rows` to env:dev, made from the version `number`."""
    condition = {"If-Match": f'"{number}"'} if number else {"If-None-Match": "*"}
    body = {"content": {"parameters": {"rows": rows}}, "message": f"{rows} rows"}
    return http.put(PATH, params=DEV, json=body, headers=condition | headers)


def code(response: httpx.Response, status: int) -> str:
    """The code of a problem."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["problems"]
    return str(response.json()["code"])

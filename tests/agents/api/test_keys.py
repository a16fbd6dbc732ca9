"""Keys of machines over HTTP: who may make them, what is shown of one, and what one opens."""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from agents.access.api_keys import ApiKeys
from agents.access.audit import Audit
from agents.access.credentials import ByForm
from agents.access.key_service import ApiKeyService
from agents.access.request_limits import Rates, RequestLimits
from agents.access.sign_in import SignIn
from agents.access.tokens import Verifier
from agents.adapters.local_issuer import AUDIENCE, ISSUER, LocalIssuer
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.api.app import create_app
from agents.api.keys import key_routes
from agents.cli.http_server import Limits, http_server
from agents.configuration.api_keys import DocumentKeyStore
from agents.contract import GROUPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Header = dict[str, str]

WISH = {"name": "report", "groups": ["auditor"], "scopes": ["audit", "access"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def issuer(folder: Path) -> LocalIssuer:
    return LocalIssuer(folder / "issuer.pem", clock=time.time)


@pytest.fixture(scope="module")
def log(folder: Path) -> SqliteAuditLog:
    return SqliteAuditLog(folder / "audit.db", tenant="default", clock=lambda: datetime.now(UTC))


@pytest.fixture(scope="module")
def http(folder: Path, issuer: LocalIssuer, log: SqliteAuditLog) -> Iterator[httpx.Client]:
    audit = Audit(log, tenant="default", now=lambda: datetime.now(UTC), new_id=lambda: uuid.uuid4().hex)
    documents = SqliteConfigStore(folder / "keys.db", tenant="default", clock=lambda: datetime.now(UTC))
    store = DocumentKeyStore(documents)
    machines = ApiKeys(store, clock=time.time)
    people = Verifier(issuer, issuer=ISSUER, audience=AUDIENCE, clock=time.time)
    limits = RequestLimits(clock=time.monotonic, rates=Rates(burst=500, failures=5))
    app = create_app(
        routers=[key_routes(ApiKeyService(store, clock=time.time, random=os.urandom, changed=machines.forget))],
        ready=lambda: None,
        sign_in=SignIn(ByForm(people=people, machines=machines), "default", decisions=audit, limits=limits),
        audit=audit,
        hosts=None,
        new_id=lambda: uuid.uuid4().hex,
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = http_server(app, Limits())
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=20) as client:
        yield client
    server.should_exit = True
    thread.join(10)
    listener.close()


@pytest.fixture(scope="module")
def bearer(issuer: LocalIssuer) -> Callable[..., Header]:
    return lambda *groups: {"Authorization": f"Bearer {issuer.token('anna', groups)}"}


@pytest.fixture(scope="module")
def admin(bearer: Callable[..., Header]) -> Header:
    return bearer("access-admin")


def test_a_key_is_shown_once(http: httpx.Client, admin: Header, log: SqliteAuditLog) -> None:
    """Its text is in the answer that made it, and in nothing that follows, the audit included."""
    made = http.post("/v1/access/keys", json=WISH | {"name": "shown"}, headers=admin)
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    text = made.json().pop("key")
    listed = http.get("/v1/access/keys", headers=admin).json()["keys"]
    assert [(one["name"], one["subject"], one["created_by"]) for one in listed] == [("shown", "machine-shown", "anna")]
    http.delete("/v1/access/keys/shown", headers=admin)
    assert text.rpartition("_")[2] not in str(listed) + str(log.read(after="", limit=100))


def test_a_key_is_rotated_and_ends(http: httpx.Client, admin: Header) -> None:
    """The former secret goes on unless told otherwise; a revoked key is 401 at once in the process that revoked it."""
    first = http.post("/v1/access/keys", json=WISH, headers=admin).json()["key"]
    second = http.post("/v1/access/keys/report/rotate", headers=admin)
    assert second.status_code == 200
    third = http.post("/v1/access/keys/report/rotate", json={"grace_hours": 0, "days": 7}, headers=admin).json()["key"]

    def answer(text: str) -> int:
        return int(http.get("/v1/access/keys", headers={"Authorization": f"Bearer {text}"}).status_code)

    assert [answer(text) for text in (first, second.json()["key"], third)] == [401, 401, 403]
    assert http.delete("/v1/access/keys/report", headers=admin).status_code == 204
    assert answer(third) == 401
    assert http.delete("/v1/access/keys/report", headers=admin).status_code == 404


@pytest.mark.parametrize("group", sorted({*GROUPS, "king"} - {"access-admin"}))
def test_only_an_administrator_makes_keys(http: httpx.Client, bearer: Callable[..., Header], group: str) -> None:
    """No other role or persona, whatever is asked."""
    for method, path in (
        ("GET", "/v1/access/keys"),
        ("POST", "/v1/access/keys"),
        ("POST", "/v1/access/keys/report/rotate"),
        ("DELETE", "/v1/access/keys/report"),
    ):
        assert http.request(method, path, headers=bearer(group)).status_code == 403


@pytest.mark.parametrize(
    ("wish", "pointers"),
    [
        (WISH | {"groups": ["access-admin"], "days": 0}, ["/groups/0", "/days"]),
        (WISH | {"name": "index"}, [None]),
        (WISH | {"name": "../x"}, ["/name"]),
        (WISH | {"days": "90"}, ["/days"]),
        (WISH | {"secret": "x"}, ["/secret"]),
        ({}, ["/name", "/groups", "/scopes"]),
    ],
)
def test_a_wrong_wish_is_refused_with_its_problems(
    http: httpx.Client, admin: Header, wish: dict[str, Any], pointers: list[str | None]
) -> None:
    """Every problem with its place in the document."""
    refused = http.post("/v1/access/keys", json=wish, headers=admin)
    assert refused.status_code == 400
    assert [problem.get("pointer") for problem in refused.json()["problems"]] == pointers
    assert http.get("/v1/access/keys", headers=admin).json() == {"keys": []}


def test_who_guesses_keys_is_locked_out(http: httpx.Client, admin: Header, bearer: Callable[..., Header]) -> None:
    """After a few the address waits, and is told how long; who was known goes on there, and everybody elsewhere."""
    http.get("/v1/access/keys", headers=admin)
    new = bearer("viewer", "auditor")
    with httpx.Client(base_url=http.base_url, transport=httpx.HTTPTransport(local_address="127.0.0.2")) as there:
        guesses = [
            there.get("/v1/access/keys", headers={"Authorization": f"Bearer qmk_report_{n:064x}"}) for n in range(7)
        ]
        assert there.get("/v1/access/keys", headers=admin).status_code == 200
        assert there.get("/v1/access/keys", headers=new).status_code == 429
    assert [guess.status_code for guess in guesses] == [401] * 5 + [429] * 2
    assert guesses[-1].json()["code"] == "limited"
    assert int(guesses[-1].headers["retry-after"]) in range(50, 61)
    assert http.get("/v1/access/keys", headers=new).status_code == 403

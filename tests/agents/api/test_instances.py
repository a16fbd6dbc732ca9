"""`/v1/instances`: the ledger over HTTP, for agents and operators elsewhere."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from agents.access.audit import Audit
from agents.access.credentials import ByForm
from agents.access.sign_in import SignIn
from agents.access.tokens import Verifier
from agents.adapters.local_issuer import AUDIENCE, ISSUER, LocalIssuer
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.adapters.sqlite.instances import SqliteInstanceStore
from agents.api.app import create_app
from agents.api.instances import MAX_ACKS, instance_routes
from agents.bootstrap.common import new_id, now
from agents.configuration.applied import AppliedStates
from agents.runtime.ids import uuid7
from tests.agents.shipped_store import shipped_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Send = Callable[..., httpx.Response]

INSTANCE = uuid7(1, os.urandom)


@pytest.fixture
def send(tmp_path: Path) -> Iterator[Send]:
    """Sends a request as somebody of a group to the application with this route."""
    store = shipped_store(tmp_path, "sql")
    instances = SqliteInstanceStore(tmp_path / "configuration.db", tenant="default", clock=now)
    states = AppliedStates(store=store, instances=instances, agents={"sql"}, environment="dev", now=now)
    log = SqliteAuditLog(tmp_path / "audit.db", tenant="default", clock=now)
    audit = Audit(log, tenant="default", now=now, new_id=new_id)
    issuer = LocalIssuer(tmp_path / "issuer.pem", clock=time.time)
    verifier = Verifier(issuer, issuer=ISSUER, audience=AUDIENCE, clock=time.time)
    app = create_app(
        routers=[instance_routes(states, now=now)],
        ready=lambda: None,
        sign_in=SignIn(ByForm(people=verifier), "default", decisions=audit),
        audit=audit,
        hosts=None,
        new_id=new_id,
    )

    def send(method: str, path: str = "/v1/instances", *, group: str = "operator", **options: Any) -> httpx.Response:  # noqa: ANN401 - as httpx
        headers = {"Authorization": f"Bearer {issuer.token('olga', [group])}"}

        async def request() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
                return await client.request(method, path, headers=headers, **options)

        return asyncio.run(request())

    yield send
    for one in (store, instances, log):
        one.close()


def said(send: Send, **fields: object) -> dict[str, object]:
    """An ack of what is desired now, with other fields."""
    (desired,) = send("GET").json()["desired"]
    ack = {"instance": INSTANCE, "key": "agent/sql", "digest": desired["digest"], "versions": desired["versions"],
           "cursor": "2", "status": "applied", "at": now().isoformat()}  # fmt: skip
    return {**ack, **fields}


def test_what_an_instance_says_is_shown_beside_what_is_desired(send: Send) -> None:
    """With its lag; then all has converged."""
    before = send("GET").json()
    assert (before["converged"], before["instances"], before["lag_ms"]["p99"]) == (False, [], None)
    assert send("POST", json={"acks": [said(send)]}).status_code == 204
    found = send("GET", params={"key": "agent/sql"}).json()
    assert (found["converged"], found["stale"]) == (True, [])
    (one,) = found["instances"]
    assert (one["instance"], one["standing"], one["digest"]) == (INSTANCE, "applied", one["desired"])
    assert 0 <= one["lag_ms"] == found["lag_ms"]["p99"] < 10_000


def test_a_refusal_is_shown_with_its_reason(send: Send) -> None:
    """And what runs instead."""
    running = "sha256:" + "0" * 64
    ack = said(send, status="rejected", running=running, reason="/limits/turns: too few")
    assert send("POST", json={"acks": [ack]}).status_code == 204
    found = send("GET").json()
    assert (found["converged"], found["instances"][0]["standing"]) == (False, "rejected")
    assert (found["instances"][0]["running"], found["instances"][0]["reason"]) == (running, ack["reason"])


def test_a_clock_that_is_ahead_moves_nothing_into_the_future(send: Send) -> None:
    """A later ack of the same instance must still count."""
    ahead = (now() + timedelta(days=1)).isoformat()
    send("POST", json={"acks": [said(send, at=ahead)]})
    send("POST", json={"acks": [said(send, status="draining")]})
    found = send("GET").json()
    assert [one["standing"] for one in found["instances"]] == ["draining"]
    assert (found["converged"], found["converged_but_draining"]) == (False, True)


@pytest.mark.parametrize(
    "fields",
    [
        {"instance": "../x"},
        {"instance": "i" * 65},
        {"digest": "new"},
        {"status": "fine"},
        {"reason": "x" * 2_001},
        {"versions": {"agent/sql@base": 0}},
        {"versions": {"agent sql": 1}},
        {"at": "soon"},
        {"more": 1},
    ],
)
def test_what_is_no_ack_is_refused(send: Send, fields: dict[str, object]) -> None:
    """Whole, with the others of its request."""
    answer = send("POST", json={"acks": [said(send), said(send, **fields)]})
    assert answer.status_code == 400
    assert answer.json()["problems"][0]["pointer"].startswith("/acks/")
    assert send("GET").json()["instances"] == []


def test_an_agent_that_is_not_here_is_named(send: Send) -> None:
    """In what is said and in what is asked."""
    assert send("POST", json={"acks": [said(send, key="agent/pricing")]}).status_code == 404
    assert send("GET", params={"key": "agent/pricing"}).status_code == 404
    assert "agent/sql" in send("GET", params={"key": "agent/pricing"}).text


def test_a_request_holds_so_many(send: Send) -> None:
    """A hundred, and one at least."""
    one = said(send)
    many = [{**one, "instance": f"i-{number}"} for number in range(MAX_ACKS)]
    assert send("POST", json={"acks": many}).status_code == 204
    assert len(send("GET").json()["instances"]) == MAX_ACKS
    for acks in ([], [*many, one]):
        assert send("POST", json={"acks": acks}).status_code == 400


@pytest.mark.parametrize(("group", "reads", "writes"), [("viewer", 200, 403), ("warehouse_manager", 403, 403)])
def test_who_may(send: Send, group: str, reads: int, writes: int) -> None:
    """Whoever reads configuration sees the ledger; whoever writes it may say what runs."""
    assert send("GET", group=group).status_code == reads
    assert send("POST", group=group, json={"acks": [said(send)]}).status_code == writes

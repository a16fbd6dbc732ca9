"""`/v1/instances`: the ledger over HTTP, for agents and operators elsewhere."""

from __future__ import annotations

import asyncio
import json
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
from agents.configuration.documents import Draft
from agents.configuration.members import MOST_EACH
from agents.runtime.ids import uuid7
from tests.agents.shipped_store import shipped_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agents.adapters.sqlite.configuration import SqliteConfigStore

    Send = Callable[..., httpx.Response]

INSTANCE = uuid7(1, os.urandom)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteConfigStore]:
    store = shipped_store(tmp_path, "sql")
    yield store
    store.close()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteAuditLog]:
    log = SqliteAuditLog(tmp_path / "audit.db", tenant="default", clock=now)
    yield log
    log.close()


@pytest.fixture
def send(tmp_path: Path, store: SqliteConfigStore, log: SqliteAuditLog) -> Iterator[Send]:
    """Sends a request as somebody of a group to the application with this route."""
    instances = SqliteInstanceStore(tmp_path / "configuration.db", tenant="default", clock=now)
    states = AppliedStates(store=store, instances=instances, agents={"sql"}, environment="dev", now=now)
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

    def send(
        method: str,
        path: str = "/v1/instances",
        *,
        group: str = "operator",
        who: str = "olga",
        **options: Any,  # noqa: ANN401 - as httpx
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {issuer.token(who, [group])}"}

        async def request() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
                return await client.request(method, path, headers=headers, **options)

        return asyncio.run(request())

    yield send
    instances.close()


def said(send: Send, **fields: object) -> dict[str, object]:
    """An ack of what is desired now, with other fields."""
    (desired,) = send("GET").json()["desired"]
    ack = {"instance": INSTANCE, "key": "agent/sql", "digest": desired["digest"], "versions": desired["versions"],
           "cursor": "2", "status": "applied", "at": now().isoformat()}  # fmt: skip
    return {**ack, **fields}


def test_what_an_instance_says_is_shown_beside_what_is_desired(send: Send) -> None:
    """Then all has converged. What was published before the instance began is no lag of its own."""
    before = send("GET").json()
    assert (before["converged"], before["instances"], before["lag_ms"]["p99"]) == (False, [], None)
    assert send("POST", json={"acks": [said(send)]}).status_code == 204
    found = send("GET", params={"key": "agent/sql"}).json()
    assert (found["converged"], found["stale"]) == (True, [])
    (one,) = found["instances"]
    assert (one["instance"], one["standing"], one["digest"]) == (INSTANCE, "applied", one["desired"])
    assert (one["lag_ms"], found["lag_ms"]["p99"], found["waits_for"]) == (None, None, [])


def test_the_lag_is_of_what_was_published_while_an_instance_was_there(send: Send, store: SqliteConfigStore) -> None:
    """From the publish to when it was put in force."""
    assert send("POST", json={"acks": [said(send)]}).status_code == 204
    draft = Draft(key="agent/sql", layer="env:dev", content={"title": "x"}, author="", message="", expected=0)
    store.append([draft])
    found = send("GET").json()
    assert (found["converged"], found["waits_for"]) == (False, [f"{INSTANCE} is behind on agent/sql"])
    assert send("POST", json={"acks": [said(send)]}).status_code == 204
    found = send("GET").json()
    assert 0 <= found["instances"][0]["lag_ms"] == found["lag_ms"]["p99"] < 10_000


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
        {"at": "0001-01-01T00:00:00+14:00"},
        {"at": "0001-01-01T00:00:00"},
        {"at": "9999-12-31T23:59:59-14:00"},
        {"at": "2010-01-01T00:00:00Z"},
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


def test_an_instance_is_its_subjects_who_spoke_for_it_first(send: Send, log: SqliteAuditLog) -> None:
    """Nobody else may say what it runs, however much else they may do; the attempt is written down."""
    assert send("POST", who="agent-1", json={"acks": [said(send)]}).status_code == 204
    mine = said(send, instance="i-2")
    refused = send("POST", group="operator-lead", json={"acks": [mine, said(send, status="rejected")]})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert [(one["instance"], one["standing"]) for one in send("GET").json()["instances"]] == [(INSTANCE, "applied")]
    records = [json.loads(entry.text) for entry in log.read(after="", limit=1_000)]
    (denied,) = [record for record in records if not record["allowed"]]
    assert (denied["action"], denied["subject"]) == ("config:ack", "olga")
    assert INSTANCE in denied["resource"]
    assert send("POST", who="agent-1", json={"acks": [said(send)]}).status_code == 204


def test_an_instance_that_is_gone_counts_no_more(send: Send) -> None:
    """It is shown no more, and its name is free again."""
    old = {"digest": "", "versions": {}}
    assert send("POST", json={"acks": [said(send), said(send, instance="i-2", **old)]}).status_code == 204
    assert send("GET").json()["waits_for"] == ["i-2 is behind on agent/sql"]
    assert send("POST", json={"acks": [said(send, instance="i-2", status="gone", **old)]}).status_code == 204
    found = send("GET").json()
    assert (found["converged"], [one["instance"] for one in found["instances"]]) == (True, [INSTANCE])
    assert send("POST", who="agent-2", json={"acks": [said(send, instance="i-2")]}).status_code == 204


@pytest.mark.parametrize(
    ("group", "reads", "writes"), [("viewer", 200, 403), ("auditor", 200, 403), ("warehouse_manager", 403, 403)]
)
def test_who_may(send: Send, group: str, reads: int, writes: int) -> None:
    """Whoever reads configuration sees the ledger; a person who does no more says nothing of what runs."""
    assert send("GET", group=group).status_code == reads
    assert send("POST", group=group, json={"acks": [said(send)]}).status_code == writes


def test_a_subject_speaks_for_so_many(send: Send) -> None:
    """A thousand; one that is gone makes room, and others are not concerned."""
    one = said(send)

    def post(*numbers: int, who: str = "agent-1", **fields: str) -> httpx.Response:
        return send("POST", who=who, json={"acks": [{**one, "instance": f"{who}-{n}"} | fields for n in numbers]})

    for start in range(0, MOST_EACH, MAX_ACKS):
        assert post(*range(start, start + MAX_ACKS)).status_code == 204
    refused = post(0, MOST_EACH)
    assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (429, "limited", "60")
    assert f"{MOST_EACH:,} is the most" in refused.text
    assert post(0, MOST_EACH - 1).status_code == 204
    assert post(0, who="agent-2").status_code == 204
    assert post(0, status="gone").status_code == 204
    assert post(MOST_EACH).status_code == 204
    assert post(0).status_code == 429
    assert len(send("GET").json()["instances"]) == MOST_EACH + 1

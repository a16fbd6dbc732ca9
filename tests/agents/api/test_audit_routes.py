"""`/v1/audit`: pages of decisions and of anchors, each text as it is stored, so that a client can verify them."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI

from agents.access.audit_verify import verify
from agents.access.chain import canonical
from agents.api import audit as routes
from agents.api.audit import audit_routes
from agents.api.errors import handle_errors
from tests.agents.access.audit_world import World, decision

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    audit = world.audit()
    for turn in range(7):
        audit.record(decision(f"person{turn % 3}", allowed=turn % 2 == 0))
        world.anchor()
    yield world
    world.close()


class Client:
    """The application in this process, asked as a server asks it."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def get(self, url: str, params: dict[str, Any] | None = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.get(url, params=params)

        return asyncio.run(ask())


@pytest.fixture
def client(world: World) -> Client:
    app = FastAPI()
    handle_errors(app)
    app.include_router(audit_routes(world.log, world.anchors))
    return Client(app)


def ok(response: httpx.Response) -> Any:  # noqa: ANN401 - JSON
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    return response.json()


def test_every_page_together_is_what_verifies(client: Client, world: World) -> None:
    """A client that follows `next` to its end holds an export."""

    def all_of(path: str, name: str, limit: int) -> list[tuple[str, bytes]]:
        found, after = [], None
        while True:
            page = ok(client.get(path, params={"limit": limit} | ({"after": after} if after else {})))
            assert len(page[name]) <= limit
            found += [("", canonical(item).encode()) for item in page[name]]
            after = page["next"]
            if after is None:
                return found

    records = all_of("/v1/audit", "records", 3)
    assert [text.decode() for _, text in records] == world.records()
    report = verify(records, all_of("/v1/audit/anchors", "anchors", 2), world.signer.public_key())
    assert (report.findings, report.records, report.anchors) == ((), 7, 7)


def test_decisions_are_filtered(client: Client) -> None:
    """By subject and by outcome."""

    def who(**parameters: str) -> list[object]:
        return [record["subject"] for record in ok(client.get("/v1/audit", params=parameters))["records"]]

    assert who(allowed="false") == ["person1", "person0", "person2"]
    assert who(subject="person0") == ["person0"] * 3
    assert who(subject="person0", allowed="false") == ["person0"]
    assert who(subject="nobody") == []


def test_a_filter_that_fits_little_looks_at_so_many(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page may be empty and still have a next one: no request reads the whole log."""
    monkeypatch.setattr(routes, "MAX_SCAN", 4)
    page = ok(client.get("/v1/audit", params={"subject": "person0", "limit": 3}))
    assert (len(page["records"]), page["next"] is None) == (2, False)
    page = ok(client.get("/v1/audit", params={"subject": "person0", "limit": 3, "after": page["next"]}))
    assert (len(page["records"]), page["next"]) == (1, None)


@pytest.mark.parametrize(
    "query",
    [
        "after=x",
        f"after={99 * 'a'}",
        "limit=0",
        "limit=501",
        "limit=x",
        "allowed=maybe",
        "after=%00",
        f"subject={257 * 's'}",
    ],
)
def test_a_wrong_query_is_refused(client: Client, query: str) -> None:
    """With 400, and not by the store."""
    assert client.get(f"/v1/audit?{query}").status_code == 400


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", f"after={10**13}"])
def test_a_wrong_query_for_anchors_is_refused(client: Client, query: str) -> None:
    """The same."""
    assert client.get(f"/v1/audit/anchors?{query}").status_code == 400


@pytest.mark.parametrize("damage", ["rubbish", '{"a":NaN}', "[]", "]}", ""])
def test_a_damaged_record_does_not_hide_the_others(client: Client, world: World, damage: str) -> None:
    """It is shown as what it is, also under a filter that it may or may not have fitted."""
    with sqlite3.connect(world.folder / "audit.db") as database:
        database.execute("DROP TRIGGER audit_unchanged")
        database.execute("UPDATE audit SET record = ? WHERE id = (SELECT min(id) FROM audit)", (damage,))
    database.close()
    records = ok(client.get("/v1/audit"))["records"]
    assert (records[0]["damaged"], len(records)) == (True, 7)
    assert ok(client.get("/v1/audit?subject=person1"))["records"][0]["damaged"] is True
    json.dumps(records, allow_nan=False)

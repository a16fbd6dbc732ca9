"""What runs, told with each change: nobody who follows needs to ask."""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.requests import Request

from agents.api.configs_following import Following
from agents.configuration.documents import Draft
from tests.agents.api.fed import Events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.agents.api.config_server import ConfigServer

SQL = "/v1/configs/agent/sql/effective"
STREAM = {"Accept": "text/event-stream"}


def put(server: ConfigServer, content: dict[str, Any], *, layer: str = "env:dev", key: str = "agent/sql") -> str:
    head = server.store.heads([(key, layer)])[0]
    draft = Draft(key=key, layer=layer, content=content, author="", message="", expected=head.number if head else 0)
    return server.store.append([draft]).cursor


@contextmanager
def stream(server: ConfigServer, **query: str) -> Iterator[Events]:
    headers = server.bearer("viewer") | STREAM
    url = f"http://127.0.0.1:{server.port}{SQL}"
    with httpx.stream("GET", url, headers=headers, params={"after": "latest", **query}, timeout=20) as response:
        assert response.status_code == 200, response.read()
        yield Events(response)


def read(server: ConfigServer, **query: str) -> Any:  # noqa: ANN401 - JSON
    with server.client("viewer") as client:
        return client.get(SQL, params=query).json()


def test_each_change_comes_with_what_runs_since(server: ConfigServer) -> None:
    """The content first, the change with its cursor after it; what is of other documents is not told."""
    with stream(server) as events:
        put(server, {"title": "Other"}, key="agent/inventory")
        for title in ("One", "Two"):
            cursor = put(server, {"title": title})
            content, change = events.block(), events.block()
            assert (content["event"], change["event"], change["id"]) == ("effective", "change", cursor)
            assert "id" not in content, "whoever is cut off between the two must get both again"
            assert json.loads(content["data"]) == read(server)
            assert json.loads(content["data"])["content"]["title"] == title


def test_the_defaults_are_part_of_every_agent(server: ConfigServer) -> None:
    with stream(server) as events:
        put(server, {"limits": {"turns": 3}}, key="agent/defaults")
        assert json.loads(events.block()["data"]) == read(server)


def test_an_instance_is_told_what_it_runs_itself(server: ConfigServer) -> None:
    with stream(server, instance="i-1") as mine, stream(server, instance="i-2") as other:
        put(server, {"title": "Mine"}, layer="instance:i-1")
        assert json.loads(mine.block()["data"])["content"]["title"] == "Mine"
        assert json.loads(other.block()["data"]) == read(server)


def test_what_cannot_be_told_must_be_asked_for(server: ConfigServer) -> None:
    """Layers that do not merge have no content, and the change is told all the same."""
    with stream(server) as events:
        put(server, {"tools": {"$append": 3}})
        assert [events.block()["data"], events.block()["event"]] == ["null", "change"]
        put(server, {"title": "Mended"})
        assert json.loads(events.block()["data"])["content"]["title"] == "Mended"


def test_a_stream_goes_on_from_the_last_event(server: ConfigServer) -> None:
    """What came meanwhile is told with what runs now."""
    before = put(server, {"title": "One"})
    after = put(server, {"title": "Two"})
    with stream(server, after=before) as events:
        assert json.loads(events.block()["data"])["content"]["title"] == "Two"
        assert events.block()["id"] == after


@pytest.mark.parametrize(
    ("query", "groups", "status"),
    [
        ({}, ("warehouse_manager",), 403),
        ({"instance": "../x"}, ("viewer",), 400),
        ({"at": "2026-06-30T12:00:00Z"}, ("viewer",), 400),
        ({"after": "x" * 65}, ("viewer",), 400),
        ({"after": "nonsense"}, ("viewer",), 400),
    ],
)
def test_what_is_wrong_is_answered_before_a_stream_begins(
    server: ConfigServer, query: dict[str, str], groups: tuple[str, ...], status: int
) -> None:
    with server.client(*groups) as client:
        assert client.get(SQL, params=query, headers=STREAM).status_code == status


def test_where_the_process_sleeps_nothing_is_streamed(server: ConfigServer) -> None:
    """It names the way to poll."""

    async def content(*_: object) -> str:
        return ""

    scope = {"type": "http", "method": "GET", "path": SQL, "query_string": b"", "headers": [], "state": {}}
    answer = asyncio.run(Following(server.store, content).answer(Request(scope)))
    assert answer.status_code == 406
    assert b"/v1/changes?after=" in answer.body

"""What runs, told with each change: nobody who follows needs to ask."""

from __future__ import annotations

import asyncio
import json
import uuid
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import anyio
import httpx
import pytest
from starlette.requests import Request

from agents.access.audit import Audit
from agents.access.principal import Claims
from agents.access.sign_in import Identity
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.api.allowed_reads import AllowedReads
from agents.api.configs_following import Following
from agents.configuration.documents import Draft, LabelMove
from tests.agents.api.fed import Events
from tests.agents.api.probe import BreakableLog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from starlette.types import Message, Receive

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
    """The others are told that there is a change, and no content, as theirs is the same."""
    with stream(server, instance="i-1") as mine, stream(server, instance="i-2") as other, stream(server) as none:
        cursor = put(server, {"title": "Mine"}, layer="instance:i-1")
        assert json.loads(mine.block()["data"])["content"]["title"] == "Mine"
        for events in (mine, other, none):
            change = events.block()
            assert (change["event"], change["id"]) == ("change", cursor)


def test_a_label_changes_nothing_that_runs(server: ConfigServer) -> None:
    put(server, {"title": "One"})
    with stream(server) as events:
        server.store.append(
            [LabelMove(key="agent/sql", layer="env:dev", label="good", number=1, expected=0, author="")]
        )
        assert json.loads(events.block()["data"])["label"] == "good"
        put(server, {"title": "Two"})
        assert events.block()["event"] == "effective"


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


class Streams:
    """Streams of one server without sockets, in the event loop that makes it: what each was sent, part by part."""

    def __init__(self, folder: Path, content: Callable[[], str]) -> None:
        def now() -> datetime:
            return datetime.now(UTC)

        async def made(*_: object) -> str:
            return content()

        self.now = 0.0
        self.store = SqliteConfigStore(folder / "configuration.db", tenant="default", clock=now)
        self.log = BreakableLog(folder / "audit.db", tenant="default", clock=now)
        audit = Audit(self.log, tenant="default", now=now, new_id=lambda: uuid.uuid4().hex)
        self.reads = AllowedReads(audit, clock=lambda: self.now, limiter=anyio.CapacityLimiter(1))
        self.following = Following(self.store, made)
        self.ending: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sent: list[list[bytes]] = []
        self._sending = asyncio.Event()

    async def run(self, number: int) -> None:
        """One, until the server ends."""
        claims = Claims(
            subject=f"machine:{number}", groups=frozenset({"viewer"}), expires_at=9e9, scopes=frozenset({"config"})
        )
        identity = Identity(claims=claims, token="", tenant="default")
        state = {"ending": self.ending, "identity": identity, "request_id": f"r{number}"}
        scope = {
            "type": "http", "method": "GET", "path": SQL, "query_string": b"after=latest", "headers": [],
            "path_params": {"kind": "agent", "name": "sql"}, "state": state,
        }  # fmt: skip
        self.reads.note(
            identity.operator(), "config:read", "agent/sql", rule="r", request_id=f"r{number}", ending=self.ending
        )
        answer = await self.following.answer(Request(scope))
        parts: list[bytes] = []
        self.sent.append(parts)

        async def send(message: Message) -> None:
            parts.append(message.get("body", b""))
            self._sending.set()
            await asyncio.sleep(0)

        await answer(scope, cast("Receive", asyncio.Event().wait), send)

    async def publish(self, number: int) -> None:
        """A version more, and waits until everybody was told of it."""
        draft = Draft(key="agent/sql", layer="base", content={}, author="", message="", expected=number - 1)
        cursor = f"id: {self.store.append([draft]).cursor}\n".encode()
        await self.until(lambda: all(any(part.startswith(cursor) for part in parts) for parts in self.sent))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Of what was sent."""
        while not condition():
            self._sending.clear()
            await self._sending.wait()


@asynccontextmanager
async def streams(folder: Path, count: int, content: Callable[[], str]) -> AsyncIterator[Streams]:
    found = Streams(folder, content)
    async with asyncio.TaskGroup() as group, asyncio.timeout(60):
        for number in range(count):
            group.create_task(found.run(number))
        await found.until(lambda: len([parts for parts in found.sent if len(parts) > 1]) == count)
        yield found
        if not found.ending.done():
            found.ending.set_result(None)
    found.store.close()
    found.log.close()


def test_a_content_is_made_once_for_all(tmp_path: Path) -> None:
    """A thousand who read a large document slowly hold it once."""

    async def follow() -> None:
        async with streams(tmp_path, 30, lambda: json.dumps({"content": "x" * 10_000})) as found:
            await found.publish(1)
            told = [part for parts in found.sent for part in parts if part.startswith(b"event: effective")]
            assert len(told) == 30
            assert all(part is told[0] for part in told)

    asyncio.run(follow())


def test_a_large_content_is_sent_in_pieces(tmp_path: Path) -> None:
    """The server holds one of them for each that reads slowly."""
    text = json.dumps({"content": "x" * 200_000})

    async def follow() -> None:
        async with streams(tmp_path, 1, lambda: text) as found:
            await found.publish(1)
            (parts,) = found.sent
            assert max(map(len, parts)) <= 16 * 1024
            assert f"event: effective\ndata: {text}\n\nid: ".encode() in b"".join(parts)

    asyncio.run(follow())


def test_a_stream_is_written_down_as_long_as_it_tells_content(tmp_path: Path) -> None:
    """Once in a minute, as asking for it would be."""

    async def follow() -> None:
        async with streams(tmp_path, 1, lambda: "{}") as found:
            await found.publish(1)
            found.now = 61.0
            await found.publish(2)
            await found.publish(3)
            found.ending.set_result(None)
            await asyncio.sleep(0)
            written = [json.loads(entry.text) for entry in found.log.read(after="", limit=10)]
            assert [line["detail"]["request_id"] for line in written] == ["r0", "r0"]

    asyncio.run(follow())


def test_what_cannot_be_written_down_is_not_told(tmp_path: Path) -> None:
    """While the log is away each is told to ask, and is refused there; then they are told again."""

    async def follow() -> None:
        async with streams(tmp_path, 1, lambda: "{}") as found:
            (parts,) = found.sent
            found.log.broken = True
            await asyncio.to_thread(found.reads._write)
            await found.publish(1)
            assert parts[-2] == b"event: effective\ndata: null\n\n"
            found.log.broken = False
            await asyncio.to_thread(found.reads._write)
            await found.publish(2)
            assert parts[-2] == b"event: effective\ndata: {}\n\n"

    asyncio.run(follow())

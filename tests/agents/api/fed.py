"""A small server with a change feed over a store, for tests that follow it."""

from __future__ import annotations

import json
import os
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx

from agents.access.api_keys import ApiKeys
from agents.access.key_service import ApiKeyService
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.api.changes import change_routes
from agents.configuration.api_keys import DocumentKeyStore
from agents.configuration.documents import Draft
from agents.configuration.feed import Feed, HeardStore
from tests.agents.api.probe import SHORT, probed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agents.configuration.ports import ConfigStore
    from tests.agents.api.probe import Probe

LATE_S = 10
STREAM = {"Accept": "text/event-stream"}
HEARTBEAT_S = 0.4


@dataclass
class Served:
    """A server with a feed over a store, and the store as its process has it."""

    probe: Probe
    store: ConfigStore
    folder: Path
    service: ApiKeyService
    machines: ApiKeys
    feed: Feed

    def publish(self, *keys: str, store: ConfigStore | None = None) -> str:
        """The cursor after one more version of each."""
        store = store or self.store
        drafts = []
        for key in keys:
            head = store.heads([(key, "base")])[0]
            number = head.number if head else 0
            drafts.append(
                Draft(key=key, layer="base", content={"number": number + 1}, author="a", message="m", expected=number)
            )
        return store.append(drafts).cursor

    def get(self, *groups: str, accept: str = "*/*", **query: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        headers = self.probe.bearer(*groups or ("viewer",)) | {"Accept": accept}
        return self.probe.request("GET", "/v1/changes", headers=headers, params=query)

    @contextmanager
    def stream(self, *groups: str, headers: dict[str, str] | None = None, **query: Any) -> Iterator[Events]:  # noqa: ANN401
        own = (self.probe.bearer(*groups or ("viewer",)) | STREAM) | (headers or {})
        url = f"http://127.0.0.1:{self.probe.port}/v1/changes"
        with httpx.stream("GET", url, headers=own, params=query, timeout=LATE_S) as response:
            assert response.status_code == 200, response.read()
            yield Events(response)

    def readers(self) -> int:
        return sum(thread.name == "change-feed" for thread in threading.enumerate())


class Events:
    """The events of a stream, one at a time; comments are events without a name."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.iter_lines()
        self.retry = int(self.block()["retry"])

    def block(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in self._lines:
            if not line:
                return found
            name, _, value = line.partition(":")
            found[name or "comment"] = value.strip()
        return found

    def changes(self, count: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while len(found) < count:
            block = self.block()
            assert block, "the stream ended"
            if block.get("event") == "change":
                found.append(json.loads(block["data"]))
                assert block["id"] == found[-1]["cursor"]
        return found

    def end(self) -> dict[str, str]:
        """The problem that the stream ends with."""
        while block := self.block():
            if block.get("event") == "end":
                assert not self.block(), "nothing comes after the end"
                problem: dict[str, str] = json.loads(block["data"])
                return problem
        raise AssertionError("the stream ended without a word")


@contextmanager
def serving(
    folder: Path,
    *,
    kept: int = 4_096,
    waits: bool = True,
    most: int = 50,
    send_buffer: int = 0,
    heartbeat_s: float = HEARTBEAT_S,
) -> Iterator[Served]:
    inner = SqliteConfigStore(folder / "configuration.db", tenant="default", clock=lambda: datetime.now(UTC))
    feed = Feed(inner, kept=kept)
    store = HeardStore(inner, feed.wake)
    keys = DocumentKeyStore(store)
    machines = ApiKeys(keys, clock=time.time)
    service = ApiKeyService(keys, clock=time.time, random=os.urandom, changed=machines.forget)
    routes = change_routes(feed, clock=time.time, waits=waits, heartbeat_s=heartbeat_s, most_readers=most)
    limits = replace(SHORT, head_s=5, idle_s=5)
    with probed(folder, routers=[routes], machines=machines, limits=limits, send_buffer=send_buffer) as probe:
        yield Served(probe, store, folder, service, machines, feed)
    inner.close()


def soon(condition: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + LATE_S
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.01)

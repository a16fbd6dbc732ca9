"""An assistant over the sample data and stores of its own, with a clock and a model that a test chooses."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from agents.adapters.offline_model.model import OfflineModel
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.adapters.sqlite.conversations import SqliteConversationStore
from agents.configuration.documents import Draft
from agents.configuration.publish import Publisher
from agents.runtime.assistant import Assistant
from agents.runtime.follow import Follower
from agents.runtime.model import ModelReply
from agents.runtime.registry import load_plugins
from agents.runtime.tool_runner import LocalTools
from agents.supply_chain import document
from agents.supply_chain.policy import POLICY
from agents.supply_chain.sample import AS_OF

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agents.access.decisions import Decisions
    from agents.access.gateway import SqlGateway
    from agents.configuration.documents import Content, Version
    from agents.deadline import Deadline
    from agents.runtime.model import ModelRequest
    from agents.runtime.results import ToolCall

START = datetime(2026, 6, 30, 12, tzinfo=UTC)


@dataclass
class ScriptedModel:
    """A `Model` that says what a test wrote, the last line again and again, and keeps what it was asked."""

    script: list[str | tuple[ToolCall, ...]]
    name: str = "scripted"
    requests: list[ModelRequest] = field(default_factory=list)

    def converse(self, request: ModelRequest, *, deadline: Deadline) -> ModelReply:
        deadline.check("the model")
        self.requests.append(request)
        line = self.script[min(len(self.requests), len(self.script)) - 1]
        text, calls = (line, ()) if isinstance(line, str) else ("", line)
        return ModelReply(text=text, calls=calls, input_tokens=3, output_tokens=2, cost_usd=Decimal("0.01"))


@pytest.fixture
def scripted() -> type[ScriptedModel]:
    return ScriptedModel


@pytest.fixture
def now() -> Callable[[], datetime]:
    """A clock that goes on by one second at each look."""
    seconds = itertools.count()
    return lambda: START + timedelta(seconds=next(seconds))


@pytest.fixture
def store(tmp_path: Path, now: Callable[[], datetime]) -> Iterator[SqliteConfigStore]:
    """A configuration store with the documents that ship."""
    store = SqliteConfigStore(tmp_path / "configuration.db", tenant="default", clock=now)
    store.append(
        [
            Draft(key=f"agent/{name}", layer="base", content=document(name), author="", message="", expected=0)
            for name in ("defaults", "inventory", "sql")
        ]
    )
    yield store
    store.close()


@pytest.fixture
def conversations(tmp_path: Path, now: Callable[[], datetime]) -> Iterator[SqliteConversationStore]:
    store = SqliteConversationStore(tmp_path / "conversations.db", clock=now)
    yield store
    store.close()


@pytest.fixture
def publish(store: SqliteConfigStore) -> Callable[..., Version]:
    """Publishes a document over whatever is there."""
    registry = load_plugins(["agents.supply_chain"])
    publisher = Publisher(store, agents=registry.agents, tools=registry.tools, environment="dev")

    def publish(key: str, content: Content, *, layer: str = "env:dev") -> Version:
        head = publisher.head(key, layer)
        expected = head.number if head else 0
        return publisher.publish(
            Draft(key=key, layer=layer, content=content, author="olga", message="m", expected=expected)
        )

    return publish


@pytest.fixture
def assistant(
    store: SqliteConfigStore,
    conversations: SqliteConversationStore,
    gateway: SqlGateway,
    now: Callable[[], datetime],
    decisions: Decisions,
) -> Assistant:
    registry = load_plugins(["agents.supply_chain"])
    ids = itertools.count(1)
    return Assistant(
        registry=registry,
        follower=Follower(store, agents=sorted(registry.agents), environment="dev", now=now),
        policy=lambda: POLICY,
        decisions=decisions,
        runner=LocalTools(gateway=gateway, today=lambda: AS_OF),
        dialect=gateway.dialect,
        conversations=conversations,
        models={"default": OfflineModel()},
        now=now,
        today=lambda: AS_OF,
        random=lambda n: next(ids).to_bytes(n),
    )

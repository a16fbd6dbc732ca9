"""Everything in the catalogue is emitted by the code that runs, and nothing says who asked."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from agents.access.attributes import TableAttributes
from agents.access.audit import Audit
from agents.access.credentials import ByForm
from agents.access.gateway import SqlGateway
from agents.access.measured import MeasuredGateway, MeasuredLog
from agents.access.result_cache import ResultCache
from agents.access.roles import Action
from agents.access.sign_in import SignIn
from agents.access.tokens import Verifier
from agents.adapters.emf import EmfMeasures
from agents.adapters.local_issuer import AUDIENCE, ISSUER, LocalIssuer
from agents.adapters.offline_model.model import OfflineModel
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.adapters.sqlite.conversations import SqliteConversationStore
from agents.api.app import create_app
from agents.api.ask import ask_routes
from agents.api.configs import config_routes
from agents.bootstrap.common import PLUGINS, new_id, now
from agents.bootstrap.laptop import seed
from agents.configuration.documents import Draft
from agents.configuration.publish import Publisher
from agents.deadline import Deadline
from agents.errors import DeadlineError, ForbiddenError, QuartermasterError, UnavailableError
from agents.runtime.assistant import Assistant, Question
from agents.runtime.execute import Executor
from agents.runtime.follow import Follower
from agents.runtime.jobs import check_configurations, run_jobs
from agents.runtime.measured import MeasuredModel
from agents.runtime.model import ModelRequest
from agents.runtime.registry import load_plugins
from agents.runtime.results import ToolCall
from agents.runtime.tool_runner import LocalTools
from agents.supply_chain.policy import CATALOGUE, POLICY
from agents.supply_chain.sample import AS_OF
from agents.telemetry.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from agents.access.principal import Caller
    from agents.adapters.duckdb import DuckDbEngine
    from agents.configuration.documents import Content
    from agents.json_value import Json

    Read = Callable[[str], dict[str, Any]]

LATE = Deadline(0.0, lambda: 1.0)


class Platform:
    """The platform over the sample, measuring as a function does."""

    def __init__(self, folder: Path, engine: DuckDbEngine) -> None:
        self.lines: list[str] = []
        self.measures = EmfMeasures("qm/test", clock=time.time, write=self.lines.append)
        self.registry = load_plugins(PLUGINS)
        self.store = SqliteConfigStore(folder / "configuration.db", tenant="default", clock=now)
        seed(self.store, self.registry)
        self.conversations = SqliteConversationStore(folder / "conversations.db", clock=now)
        self.log = SqliteAuditLog(folder / "audit.db", tenant="default", clock=now)
        audit = Audit(MeasuredLog(self.log, self.measures), tenant="default", now=now, new_id=new_id)
        self.decisions = audit
        gateway = SqlGateway(
            engine,
            TableAttributes(engine, clock=time.monotonic),
            catalogue=CATALOGUE,
            policy=lambda: POLICY,
            decisions=self.decisions,
            results=ResultCache(measures=self.measures),
        )
        self.gateway = MeasuredGateway(gateway, self.measures)
        self.model = MeasuredModel(OfflineModel(), self.measures)
        self.assistant = Assistant(
            registry=self.registry,
            follower=Follower(
                self.store, agents=sorted(self.registry.agents), environment="dev", measures=self.measures
            ),
            policy=lambda: POLICY,
            decisions=self.decisions,
            runner=LocalTools(gateway=self.gateway, today=lambda: AS_OF),
            dialect=gateway.dialect,
            conversations=self.conversations,
            models={"default": self.model},
            now=now,
            today=lambda: AS_OF,
            random=os.urandom,
            measures=self.measures,
        )
        self.issuer = LocalIssuer(folder / "issuer.pem", clock=time.time)
        verifier = Verifier(self.issuer, issuer=ISSUER, audience=AUDIENCE, clock=time.time)
        publisher = Publisher(
            self.store,
            agents=self.registry.agents,
            tools=self.registry.tools,
            environment="dev",
            checks={},
            measures=self.measures,
        )
        application = create_app(
            routers=[ask_routes(self.assistant), config_routes(publisher)],
            ready=self.assistant.follower.snapshot,
            sign_in=SignIn(ByForm(people=verifier), "default", decisions=self.decisions, measures=self.measures),
            audit=audit,
            hosts=None,
            new_id=new_id,
        )
        self._transport = httpx.ASGITransport(application)

    def send(self, method: str, path: str, body: dict[str, Json], **headers: str) -> int:
        """The status of a request to the application."""

        async def request() -> int:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://here") as client:
                return (await client.request(method, path, json=body, headers=headers)).status_code

        return asyncio.run(request())

    def ask(self, question: str) -> int:
        token = self.issuer.token("wanda", ["warehouse_manager"])
        return self.send("POST", "/v1/ask", {"question": question}, Authorization=f"Bearer {token}")

    def publish(self, content: Content, **headers: str) -> int:
        token = self.issuer.token("olga", ["operator"])
        body: dict[str, Json] = {"content": content, "message": "m"}
        path = "/v1/configs/agent/sql?layer=env:dev"
        return self.send("PUT", path, body, Authorization=f"Bearer {token}", **headers)

    def full(self, records: object) -> None:
        raise UnavailableError("no room")

    def behind(self, content: Content, expected: int) -> None:
        """Appends without the publisher's checks, as two that publish at once can."""
        self.store.append(
            [Draft(key="agent/sql", layer="env:dev", content=content, author="x", message="", expected=expected)]
        )


@pytest.fixture
def platform(tmp_path: Path, engine: DuckDbEngine) -> Iterator[Platform]:
    platform = Platform(tmp_path, engine)
    yield platform
    platform.store.close()
    platform.conversations.close()
    platform.log.close()


def use_everything(platform: Platform, caller: Caller) -> None:
    """What happens in a bad week."""
    assert platform.ask("What will run out in WH01 in the next 14 days?") == 200
    assert platform.ask("Which products will run out in warehouse WH05?") == 200  # partial: not hers
    assert platform.ask(" ") == 400
    assert platform.send("POST", "/v1/ask", {"question": "?"}) == 401
    assert platform.publish({"parameters": {"rows": 9}}, **{"If-None-Match": "*"}) == 201
    assert platform.publish({"parameters": {"rows": 8}}, **{"If-Match": '"7"'}) == 412
    assert platform.publish({"limits": {"turns": -1}}, **{"If-Match": '"1"'}) == 400
    for _ in range(2):
        platform.gateway.query("SELECT COUNT(*) FROM product", caller, deadline=Deadline.after(9))
    append, platform.log.append = platform.log.append, platform.full  # type: ignore[method-assign]  # a full disk
    with pytest.raises(UnavailableError):
        platform.gateway.query("SELECT COUNT(*) FROM product", caller, deadline=Deadline.after(9))
    platform.log.append = append  # type: ignore[method-assign]  # that has room again
    with pytest.raises(ForbiddenError):
        platform.gateway.query("SELECT * FROM user_warehouse", caller, deadline=Deadline.after(9))
    with pytest.raises(DeadlineError):
        platform.gateway.query("SELECT 1 FROM product", caller, deadline=LATE)
    with pytest.raises(DeadlineError):
        platform.assistant.ask(Question(text="What is low in WH01?"), caller, deadline=LATE)
    request = ModelRequest(system="", turns=(), tools=(), parameters={}, dialect="", today=AS_OF)
    with pytest.raises(DeadlineError):
        platform.model.converse(request, deadline=LATE)
    executor = Executor(
        tools=platform.registry.tools,
        runner=platform.assistant.runner,
        parallel=4,
        decisions=platform.decisions,
        measures=platform.measures,
    )
    executor.run([ToolCall(name="query_data", arguments={"statement": "SELECT 1"})], caller, deadline=LATE)
    platform.behind({"tools": ["query_data", "gone"], "limits": {"turns": -1}}, expected=1)
    assert platform.ask("How many units are on hand per warehouse?") == 200

    def fails(_: Deadline) -> None:
        raise OSError

    check = check_configurations(
        platform.store,
        agents=platform.registry.agents,
        tools=platform.registry.tools,
        checks={},
        environment="dev",
        measures=platform.measures,
        now=lambda: datetime(2026, 6, 30, tzinfo=UTC),
    )
    with pytest.raises(QuartermasterError, match="jobs failed: fails"):
        run_jobs({"fails": fails, "check": check}, deadline=Deadline.after(9), measures=platform.measures)
    platform.measures.flush()


def test_every_metric_is_emitted_and_no_other(platform: Platform, callers: dict[str, Caller], read_emf: Read) -> None:
    """An alarm on a series that nothing emits would stay quiet for ever."""
    use_everything(platform, callers["warehouse_manager"])
    documents = [read_emf(line) for line in platform.lines]
    emitted = {
        metric["Name"]
        for d in documents
        for directive in d["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }
    assert emitted == {metric.name for metric in METRICS}


def test_no_series_says_who_asked_or_what(platform: Platform, callers: dict[str, Caller], read_emf: Read) -> None:
    """A series for each person or conversation would cost more than the platform, and tell on people."""
    use_everything(platform, callers["warehouse_manager"])
    allowed = {
        "agent": {*platform.registry.agents, "none"},
        "persona": {*POLICY.personas, "none"},
        "tool": {*platform.registry.tools, "unknown"},
        "model": {"offline"},
        "job": {"fails", "check"},
        "code": {"deadline", "forbidden", "invalid", "unauthenticated", "unavailable"},
        "action": set(Action),
    }
    for line in platform.lines:
        assert "wanda" not in line
        for name, value in read_emf(line).items():
            assert name == "_aws" or not isinstance(value, str) or value in allowed[name]


def test_a_tool_that_a_model_made_up_names_no_series(platform: Platform, callers: dict[str, Caller]) -> None:
    """Its words would be a new series each time."""
    executor = Executor(
        tools=platform.registry.tools,
        runner=platform.assistant.runner,
        parallel=4,
        decisions=platform.decisions,
        measures=platform.measures,
    )
    (outcome,) = executor.run(
        [ToolCall(name="wanda's idea", arguments={})], callers["warehouse_manager"], deadline=Deadline.after(5)
    )
    platform.measures.flush()
    assert outcome.status == "denied"
    assert '"tool": "unknown"' in platform.lines[0]
    assert "idea" not in "".join(platform.lines)


def test_a_late_tool_is_counted_once(platform: Platform, callers: dict[str, Caller]) -> None:
    """The turn gives it up; that it ends later is nobody's second call."""
    calls = [ToolCall(name="reorder_candidates", arguments={"warehouse": "WH01"})] * 2
    executor = Executor(
        tools=platform.registry.tools,
        runner=platform.assistant.runner,
        parallel=2,
        decisions=platform.decisions,
        measures=platform.measures,
    )
    executor.run(calls, callers["warehouse_manager"], deadline=LATE)
    platform.measures.flush()
    assert '"tool_calls": 2' in platform.lines[0]
    assert '"tool_failures": 2' in platform.lines[0]


def test_a_configuration_that_comes_again_is_not_applied_again(platform: Platform) -> None:
    """A publish of one agent is news for that agent only."""
    platform.assistant.follower.snapshot()
    platform.behind({"parameters": {"rows": 9}}, expected=0)
    platform.assistant.follower.snapshot()
    platform.measures.flush()
    counted = {(d["agent"], d["config_applied"]) for d in map(json.loads, platform.lines) if "config_applied" in d}
    assert counted == {("inventory", 1), ("sql", 2)}


def test_every_denial_is_counted_by_what_was_wanted(platform: Platform, callers: dict[str, Caller]) -> None:
    """Wherever it was decided: at the door, of a route, of an agent, of a tool, of a statement."""
    assert platform.send("POST", "/v1/ask", {"question": "?"}) == 401
    token = platform.issuer.token("wanda", ["warehouse_manager"])
    headers = {"Authorization": f"Bearer {token}"}
    assert platform.send("PUT", "/v1/configs/agent/sql?layer=env:dev", {"content": {}}, **headers) == 403
    with pytest.raises(ForbiddenError):
        platform.gateway.query("SELECT * FROM user_warehouse", callers["field_engineer"], deadline=Deadline.after(9))
    platform.measures.flush()
    lines = [json.loads(line) for line in platform.lines]
    counted = {line["action"]: line["access_denials"] for line in lines if "access_denials" in line}
    assert counted == {"sign_in": 1, "config:write": 1, "ask:query": 1}


def test_measures_are_optional(platform: Platform, callers: dict[str, Caller]) -> None:
    """Whoever puts the classes together without them gets the same answers."""
    fields = {
        f.name: getattr(platform.assistant, f.name) for f in dataclasses.fields(Assistant) if f.name != "measures"
    }
    answer = Assistant(**fields).ask(Question(text="What is low in WH01?"), callers["warehouse_manager"])
    assert answer.answer

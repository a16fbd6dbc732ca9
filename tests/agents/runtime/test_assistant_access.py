"""Who may ask which agent: by the policy in force, written down, and without a word of what else there is."""

from __future__ import annotations

import dataclasses
import itertools
import time
from typing import TYPE_CHECKING

import pytest

from agents.access.attributes import TableAttributes
from agents.access.audit import Audit
from agents.access.chain import parse
from agents.access.gateway import SqlGateway
from agents.access.policy import NOTHING, Policy
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.errors import ForbiddenError, NotFoundError, QuartermasterError, UnavailableError
from agents.runtime.assistant import Question
from agents.runtime.ids import uuid7
from agents.runtime.results import ToolCall
from agents.runtime.tool_runner import LocalTools
from agents.supply_chain.policy import CATALOGUE
from agents.supply_chain.sample import AS_OF
from tests.agents.runtime.conftest import START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import Protocol

    from agents.access.chain import Record
    from agents.access.decisions import Decision
    from agents.access.ports import Entry
    from agents.access.principal import Caller
    from agents.adapters.duckdb import DuckDbEngine
    from agents.adapters.sqlite.conversations import SqliteConversationStore
    from agents.deadline import Deadline
    from agents.runtime.assistant import Assistant
    from agents.runtime.model import ModelReply, ModelRequest

    Callers = dict[str, Caller]

    class Remembered(Protocol):
        """`Decisions` that stay in memory."""

        decisions: list[Decision]


MANAGER, BUYER = "warehouse_manager", "procurement_specialist"
LOW = "What is at or below its reorder point in WH01?"


def as_machine(caller: Caller, *scopes: str, persona: str | None = MANAGER) -> Caller:
    who = dataclasses.replace(caller.principal, scopes=frozenset(scopes), persona=persona)
    return dataclasses.replace(caller, principal=who)


def granting(assistant: Assistant, *agents: str, tools: tuple[str, ...] = ("reorder_candidates",)) -> Assistant:
    """The same assistant under a policy that grants the manager these."""
    grants = dataclasses.replace(assistant.policy().grants(MANAGER), agents=frozenset(agents), tools=frozenset(tools))
    return dataclasses.replace(assistant, policy=lambda: Policy({MANAGER: grants}))


def refusal(assistant: Assistant, question: Question, caller: Caller) -> QuartermasterError:
    with pytest.raises(QuartermasterError) as caught:
        assistant.ask(question, caller)
    return caught.value


def seen(decisions: Remembered) -> list[tuple[str, str, bool, str]]:
    return [(one.action, one.resource, one.allowed, one.rule) for one in decisions.decisions]


def test_an_answer_leaves_a_line_for_its_agent_and_each_tool(
    assistant: Assistant, decisions: Remembered, callers: Callers
) -> None:
    """In the order in which it was decided."""
    assistant.ask(Question(text=LOW), callers[MANAGER])
    rule = "persona warehouse_manager"
    assert seen(decisions) == [
        ("ask", "agent/inventory", True, rule),
        ("ask:tool", "tool/reorder_candidates", True, rule),
    ]
    assert {(one.subject, one.tenant, one.persona) for one in decisions.decisions} == {("wanda", "default", MANAGER)}
    assert [one.detail for one in decisions.decisions] == [{"policy": assistant.policy().digest}] * 2


def test_a_forbidden_agent_reads_as_one_that_does_not_exist(
    assistant: Assistant, decisions: Remembered, callers: Callers
) -> None:
    """But for the name that was asked, to the letter; the record knows which was asked for."""
    narrow = granting(assistant, "sql")
    told = {}
    for name in ("inventory", "pricing"):
        error = refusal(narrow, Question(text=LOW, agent=name), callers[MANAGER])
        told[name] = (type(error), error.message.replace(name, "X"), error.fix, error.problems)
    assert told["inventory"] == told["pricing"]
    assert told["inventory"][0] is NotFoundError
    assert told["inventory"][2] == "Agents: sql."
    assert seen(decisions) == [
        ("ask", "agent/inventory", False, "default deny"),
        ("ask", "agent/pricing", False, "default deny"),
    ]


def test_routing_knows_only_the_agents_that_are_granted(assistant: Assistant, callers: Callers) -> None:
    """A question that another would answer better goes to one that is open."""
    assert granting(assistant, "sql").ask(Question(text=LOW), callers[MANAGER]).agent == "sql"


@pytest.mark.parametrize("agent", [None, "inventory", "no such agent, but a sentence"])
def test_without_any_agent_nothing_is_told(
    assistant: Assistant, decisions: Remembered, callers: Callers, agent: str | None
) -> None:
    """Named, unknown or left to routing: one refusal, and a record without what a person wrote."""
    error = refusal(granting(assistant), Question(text=LOW, agent=agent), callers[MANAGER])
    assert (type(error), error.message) == (ForbiddenError, "no agent is open to your persona")
    assert seen(decisions) == [("ask", "agent/inventory" if agent == "inventory" else "agent/?", False, "default deny")]


def test_who_has_no_persona_is_denied_on_the_record(
    assistant: Assistant, decisions: Remembered, callers: Callers
) -> None:
    """An operator may not ask, and that is a decision too."""
    operator = dataclasses.replace(
        callers[MANAGER], principal=dataclasses.replace(callers[MANAGER].principal, persona=None)
    )
    assert isinstance(refusal(assistant, Question(text=LOW), operator), ForbiddenError)
    assert seen(decisions) == [("ask", "agent/?", False, "default deny")]


def test_the_scopes_of_a_machine_count(assistant: Assistant, decisions: Remembered, callers: Callers) -> None:
    """A key that is for configuration asks nothing, whatever its persona may."""
    error = refusal(assistant, Question(text=LOW), as_machine(callers[MANAGER], "config"))
    assert (type(error), error.message) == (ForbiddenError, "this key may not ask")
    assert assistant.ask(Question(text=LOW), as_machine(callers[MANAGER], "ask")).agent == "inventory"
    assert [(one.action, one.allowed) for one in decisions.decisions] == [
        ("ask", False),
        ("ask", True),
        ("ask:tool", True),
    ]


def test_an_agents_own_personas_narrow_what_is_granted(
    assistant: Assistant, decisions: Remembered, callers: Callers, publish: Callable[..., object]
) -> None:
    """To others it reads as one that does not exist, named or routed; to its own it answers."""
    publish("agent/inventory", {"access": {"personas": [BUYER]}})
    error = refusal(assistant, Question(text=LOW, agent="inventory"), callers[MANAGER])
    unknown = refusal(assistant, Question(text=LOW, agent="inventori"), callers[MANAGER])
    assert (type(error), error.message) == (NotFoundError, unknown.message.replace("inventori", "inventory"))
    assert error.fix == unknown.fix == "Agents: sql."
    assert seen(decisions)[0] == ("ask", "agent/inventory", False, "default deny")
    assert assistant.ask(Question(text=LOW), callers[MANAGER]).agent == "sql"
    assert assistant.ask(Question(text="What is late?", agent="inventory"), callers[BUYER]).agent == "inventory"


class Log:
    """A real log that can be away; `kept` is what is durable."""

    def __init__(self, log: SqliteAuditLog) -> None:
        self._log = log
        self.away_after = 100

    def append(self, records: Sequence[Record]) -> None:
        if self.away_after == 0:
            raise UnavailableError("the audit is away")
        self.away_after -= 1
        self._log.append(records)

    def read(self, *, after: str, limit: int) -> tuple[Entry, ...]:
        return self._log.read(after=after, limit=limit)

    def kept(self) -> list[str]:
        return [decision.resource for decision in self.decisions()]

    def decisions(self) -> list[Decision]:
        return [parse(entry.text).decision for entry in self._log.read(after="", limit=100)]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    kept = SqliteAuditLog(tmp_path / "audit.db", tenant="default", clock=lambda: START)
    yield Log(kept)
    kept.close()


@pytest.fixture
def audited(assistant: Assistant, engine: DuckDbEngine, log: Log) -> Assistant:
    """The same assistant, which writes its decisions and its gateway's into the log."""
    ids = itertools.count(1)
    audit = Audit(log, tenant="default", now=lambda: START, new_id=lambda: uuid7(next(ids), bytes))
    attributes = TableAttributes(engine, clock=time.monotonic)
    gateway = SqlGateway(engine, attributes, catalogue=CATALOGUE, policy=assistant.policy, decisions=audit)
    runner = LocalTools(gateway=gateway, today=lambda: AS_OF)
    return dataclasses.replace(assistant, decisions=audit, runner=runner)


def audit_of(assistant: Assistant) -> Audit:
    assert isinstance(assistant.decisions, Audit)
    return assistant.decisions


REORDER = ToolCall(name="reorder_candidates", arguments={"warehouse": "WH01"})


@pytest.mark.parametrize("count", [1, 2])
def test_no_rows_reach_a_model_before_their_record_is_durable(
    audited: Assistant, scripted: type, callers: Callers, log: Log, count: int
) -> None:
    """With the audit down the model never sees a result, and the conversation nothing of the turn."""
    model = scripted([(REORDER,) * count, "these are the rows"])
    asking = dataclasses.replace(audited, models={"default": model})
    log.away_after = 0
    with pytest.raises(UnavailableError), audit_of(asking).request("r1"):
        asking.ask(Question(text=LOW), callers[MANAGER])
    assert [turn.role for request in model.requests for turn in request.turns] == ["user"]
    assert log.kept() == []


def test_each_turn_of_the_model_finds_its_queries_on_record(
    audited: Assistant, scripted: type, callers: Callers, log: Log
) -> None:
    """Also a second one: what was durable at the first result does not stand for the next."""
    model = scripted([(REORDER,), (REORDER,), "done"])
    asking = dataclasses.replace(audited, models={"default": model})
    log.away_after = 1
    with pytest.raises(UnavailableError), audit_of(asking).request("r1"):
        asking.ask(Question(text=LOW), callers[MANAGER])
    assert len(model.requests) == 2
    assert log.kept()[:2] == ["agent/inventory", "tool/reorder_candidates"]
    assert any(resource.startswith("table/") for resource in log.kept())


def test_an_answer_without_a_record_is_not_in_the_conversation(
    audited: Assistant, scripted: type, callers: Callers, log: Log
) -> None:
    """Else a later question would read what was never let out."""
    model = scripted(["begun", "an answer nobody got", "more"])
    asking = dataclasses.replace(audited, models={"default": model})
    begun = asking.ask(Question(text=LOW), callers[MANAGER])
    again = Question(text=LOW, conversation_id=begun.conversation_id)
    log.away_after = 0
    with pytest.raises(UnavailableError), audit_of(asking).request("r1"):
        asking.ask(again, callers[MANAGER])
    log.away_after = 9
    assert asking.ask(again, callers[MANAGER]).answer == "more"
    assert [turn.text for turn in model.requests[-1].turns] == [LOW, "begun", LOW]


def test_a_right_to_rows_that_is_taken_away_in_mid_turn_is_gone(
    audited: Assistant, engine: DuckDbEngine, scripted: type, callers: Callers, log: Log
) -> None:
    """The turn's own policy grants agent and tools; each query is decided by the one in force when it runs."""
    full = audited.policy()
    in_force = [full]
    gateway = SqlGateway(
        engine,
        TableAttributes(engine, clock=time.monotonic),
        catalogue=CATALOGUE,
        policy=lambda: in_force[0],
        decisions=audited.decisions,
    )

    class Publishes(scripted):  # type: ignore[misc]  # a class that a fixture gives
        def converse(self, request: ModelRequest, *, deadline: Deadline) -> ModelReply:
            if self.requests:
                in_force[0] = Policy({})
            reply: ModelReply = super().converse(request, deadline=deadline)
            return reply

    model = Publishes([(REORDER,), (REORDER,), "done"])
    runner = LocalTools(gateway=gateway, today=lambda: AS_OF)
    asking = dataclasses.replace(audited, policy=lambda: in_force[0], runner=runner, models={"default": model})
    answer = asking.ask(Question(text=LOW), callers[MANAGER])
    assert [outcome.status for outcome in answer.tools] == ["ok", "denied"]
    told = [(one.rule, one.detail["policy"]) for one in log.decisions() if one.action == "ask:query"]
    assert (told[0][1], told[-1]) == (full.digest, ("forbidden", Policy({}).digest))


def test_a_turn_sees_one_policy(assistant: Assistant, scripted: type, callers: Callers) -> None:
    """What grants tools and changes between the calls of a turn counts from the next turn on."""
    full, read = assistant.policy(), []

    def once() -> Policy:
        read.append(1)
        return full if len(read) == 1 else Policy({})

    call = ToolCall(name="reorder_candidates", arguments={"warehouse": "WH01"})
    changing = dataclasses.replace(assistant, policy=once, models={"default": scripted([(call,), (call,), "done"])})
    answer = changing.ask(Question(text=LOW, agent="inventory"), callers[MANAGER])
    assert [outcome.status for outcome in answer.tools] == ["ok", "ok"]
    assert len(read) == 1
    assert isinstance(refusal(changing, Question(text=LOW), callers[MANAGER]), ForbiddenError)


def test_a_forbidden_tool_reads_as_one_that_does_not_exist(
    assistant: Assistant, scripted: type, callers: Callers
) -> None:
    """Known to the agent and not granted, known to another agent, known to nobody: one problem."""
    names = ("stockout_risk", "query_data", "rm_rf")
    model = scripted([tuple(ToolCall(name=name, arguments={}) for name in names), "done"])
    narrow = dataclasses.replace(granting(assistant, "inventory"), models={"default": model})
    answer = narrow.ask(Question(text=LOW), callers[MANAGER])
    told = {str(one.problem.as_json()).replace(one.call.name, "X") for one in answer.tools}
    assert len(told) == 1
    assert {one.status for one in answer.tools} == {"denied"}


def test_what_cannot_be_written_down_is_not_answered(
    assistant: Assistant, scripted: type, callers: Callers, conversations: SqliteConversationStore
) -> None:
    """The model is not even asked."""

    class Away:
        def record(self, decision: Decision) -> None:
            raise UnavailableError("the audit is away")

    model = scripted(["hello"])
    deaf = dataclasses.replace(assistant, decisions=Away(), models={"default": model})
    assert isinstance(refusal(deaf, Question(text=LOW), callers[MANAGER]), UnavailableError)
    assert model.requests == []


def test_without_a_policy_nobody_is_answered(assistant: Assistant, decisions: Remembered, callers: Callers) -> None:
    """A store that was never read grants nothing, and says that it is away."""

    def away() -> Policy:
        raise UnavailableError("no policy was ever read")

    closed = dataclasses.replace(assistant, policy=away)
    assert isinstance(refusal(closed, Question(text=LOW), callers[BUYER]), UnavailableError)
    assert decisions.decisions == []


def test_an_unknown_persona_holds_nothing() -> None:
    """Default deny, from the policy itself."""
    assert Policy({}).grants(MANAGER) == Policy({}).grants(None) == NOTHING

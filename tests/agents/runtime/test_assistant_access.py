"""Who may ask which agent: by the policy in force, written down, and without a word of what else there is."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from agents.access.policy import NOTHING, Policy
from agents.errors import ForbiddenError, NotFoundError, QuartermasterError, UnavailableError
from agents.runtime.assistant import Question
from agents.runtime.results import ToolCall

if TYPE_CHECKING:
    from typing import Protocol

    from agents.access.decisions import Decision
    from agents.access.principal import Caller
    from agents.adapters.sqlite.conversations import SqliteConversationStore
    from agents.runtime.assistant import Assistant

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


def test_a_turn_sees_one_policy(assistant: Assistant, scripted: type, callers: Callers) -> None:
    """A policy that changes between the calls of a turn counts from the next turn on."""
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

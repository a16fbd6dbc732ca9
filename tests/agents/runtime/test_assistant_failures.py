"""When a model or a tool does wrong, the answer says so, and says no more than it should."""

from __future__ import annotations

import dataclasses
import json
from datetime import date  # noqa: TC003 - a tool's signature is read at run time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from agents.access.policy import Policy
from agents.configuration.documents import Draft
from agents.deadline import Deadline
from agents.errors import DeadlineError, UnavailableError
from agents.runtime.assistant import Question
from agents.runtime.conversations import ConversationKey
from agents.runtime.registry import Registry
from agents.runtime.results import ToolCall, ToolResult
from agents.runtime.tools import Data, tool
from agents.supply_chain.inventory import Warehouse  # noqa: TC001 - the same

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.access.principal import Caller
    from agents.adapters.sqlite.configuration import SqliteConfigStore
    from agents.adapters.sqlite.conversations import SqliteConversationStore
    from agents.configuration.documents import Content, Version
    from agents.runtime.assistant import Assistant

    Callers = dict[str, Caller]
    Publish = Callable[..., Version]

MANAGER = "warehouse_manager"
QUESTION = Question(text="Anything", agent="inventory")
GOOD = ToolCall(name="reorder_candidates", arguments={"warehouse": "WH01"})


def with_model(assistant: Assistant, model: Any) -> Assistant:  # noqa: ANN401 - some are no models
    return dataclasses.replace(assistant, models={"default": model})


@tool(effect="read", personas={MANAGER}, timeout_s=5)
def reorder_candidates(warehouse: Warehouse, *, data: Data, today: date) -> ToolResult:
    """Products at or below the reorder point of a warehouse, by somebody who made a mistake."""
    secret = {"password": "hunter2"}
    raise KeyError(secret, warehouse)


@tool(effect="write", personas={MANAGER}, timeout_s=5)
def stockout_risk(warehouse: str, *, data: Data, today: date) -> ToolResult:
    """A tool that would change something."""
    raise AssertionError


def broken(assistant: Assistant) -> Assistant:
    """The same assistant with plugins of which one crashes and one writes."""
    registry = Registry()
    for agent in assistant.registry.agents.values():
        registry.add_agent(agent)
    for one in (reorder_candidates, stockout_risk):
        registry.add_tool(one)
    for name in ("late_purchase_orders", "query_data"):
        registry.add_tool(assistant.registry.tools[name])
    return dataclasses.replace(assistant, registry=registry)


def test_a_tool_that_crashes_makes_a_partial_answer(
    assistant: Assistant, scripted: type, callers: Callers, caplog: pytest.LogCaptureFixture
) -> None:
    """The turn goes on with a typed problem; the trace is in the log and nowhere else."""
    model = scripted([(GOOD,), "That is all I have."])
    answer = with_model(broken(assistant), model).ask(QUESTION, callers[MANAGER])
    (outcome,) = answer.tools
    assert (outcome.status, outcome.problem.code, outcome.result) == ("failed", "internal", None)
    assert (answer.partial, answer.answer) == (True, "That is all I have.")
    sent = json.dumps(answer.as_json())
    assert not any(word in sent for word in ("hunter2", "KeyError", "Traceback", "conftest", ".py"))
    assert "hunter2" in caplog.text
    assert model.requests[1].turns[-1].outcomes == (outcome,)


def test_the_offline_model_says_what_is_missing(assistant: Assistant, callers: Callers) -> None:
    """A person reads that a part is missing, in plain words."""
    question = Question(text="What is at or below its reorder point in WH01?")
    answer = broken(assistant).ask(question, callers[MANAGER])
    assert answer.partial
    assert answer.answer == "I could not finish: reorder_candidates failed."


@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        (ToolCall(name="late_purchase_orders", arguments={}), "denied", "forbidden"),
        (ToolCall(name="query_data", arguments={"statement": "SELECT 1"}), "denied", "forbidden"),
        (ToolCall(name="no_such_tool", arguments={}), "denied", "forbidden"),
        (ToolCall(name="x" * 10_000, arguments={}), "denied", "forbidden"),
        (ToolCall(name="reorder_candidates", arguments={}), "skipped", "invalid"),
        (ToolCall(name="reorder_candidates", arguments={"warehouse": "WH1"}), "skipped", "invalid"),
        (ToolCall(name="reorder_candidates", arguments={"warehouse": "WH01' OR '1'='1"}), "skipped", "invalid"),
        (ToolCall(name="reorder_candidates", arguments={"warehouse": "WH01\n"}), "skipped", "invalid"),
        (ToolCall(name="reorder_candidates", arguments={"warehouse": "WH01", "x": 1}), "skipped", "invalid"),
        (ToolCall(name="reorder_candidates", arguments={"warehouse": "WH01", "data": 1}), "skipped", "invalid"),
        (ToolCall(name="stockout_risk", arguments={"warehouse": "WH01", "horizon_days": 0}), "skipped", "invalid"),
        (ToolCall(name="stockout_risk", arguments={"warehouse": "WH01", "horizon_days": 366}), "skipped", "invalid"),
        (ToolCall(name="stockout_risk", arguments={"warehouse": ["WH01"]}), "skipped", "invalid"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_call_that_is_not_granted_or_not_right_is_not_made(
    assistant: Assistant, scripted: type, callers: Callers, call: ToolCall, status: str, code: str
) -> None:
    """A model may ask for anything; what persona, agent or schema do not allow becomes a problem it can read."""
    answer = with_model(assistant, scripted([(call,), "done"])).ask(QUESTION, callers[MANAGER])
    (outcome,) = answer.tools
    assert (outcome.status, outcome.problem.code, outcome.result) == (status, code, None)
    assert answer.partial
    assert len(outcome.problem.message) < 500


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_an_answer_is_json_whatever_the_figure(
    assistant: Assistant, scripted: type, callers: Callers, number: str
) -> None:
    """A number that JSON has no word for is null, from the data itself or in what a model asks."""
    statement = f"SELECT product_id, CAST('{number}' AS DOUBLE) AS odd FROM product LIMIT 2"
    call = ToolCall(name="query_data", arguments={"statement": statement})
    asking = with_model(assistant, scripted([(call,), "done"]))
    answer = asking.ask(Question(text="Anything", agent="sql"), callers[MANAGER])
    assert answer.tools[0].status == "ok", answer.tools[0].problem
    told = json.loads(json.dumps(answer.as_json(), allow_nan=False))
    assert [row[1] for row in told["tools"][0]["result"]["table"]["rows"]] == [None, None]


def test_a_tool_that_writes_is_not_run(assistant: Assistant, scripted: type, callers: Callers) -> None:
    """Until approvals exist, a tool that changes something is denied."""
    call = ToolCall(name="stockout_risk", arguments={"warehouse": "WH01"})
    answer = with_model(broken(assistant), scripted([(call,), "done"])).ask(QUESTION, callers[MANAGER])
    assert [outcome.status for outcome in answer.tools] == ["denied"]


def test_one_bad_call_spoils_no_other(assistant: Assistant, scripted: type, callers: Callers) -> None:
    """Each call of a turn has its own outcome, in order."""
    bad = ToolCall(name="no_such_tool", arguments={})
    answer = with_model(assistant, scripted([(bad, GOOD, bad), "done"])).ask(QUESTION, callers[MANAGER])
    assert [outcome.status for outcome in answer.tools] == ["denied", "ok", "denied"]
    assert answer.partial


def test_only_granted_tools_are_offered(assistant: Assistant, scripted: type, callers: Callers) -> None:
    """What a persona may not call, its model never hears of."""
    offered = {}
    for persona in callers:
        model = scripted(["hello"])
        with_model(assistant, model).ask(QUESTION, callers[persona])
        offered[persona] = {offer.name for offer in model.requests[0].tools}
    assert offered == {
        MANAGER: {"stockout_risk", "reorder_candidates"},
        "field_engineer": {"stockout_risk", "reorder_candidates"},
        "procurement_specialist": {"reorder_candidates", "late_purchase_orders"},
    }


def test_a_tool_needs_the_grant_of_the_policy_too(assistant: Assistant, scripted: type, callers: Callers) -> None:
    """A tool that is open to the persona by its author is closed when the policy does not grant it."""
    grants = assistant.policy().grants(MANAGER)
    fewer = Policy({MANAGER: dataclasses.replace(grants, tools=frozenset({"stockout_risk"}))})
    model = scripted([(GOOD,), "done"])
    answer = dataclasses.replace(with_model(assistant, model), policy=lambda: fewer).ask(QUESTION, callers[MANAGER])
    assert [outcome.status for outcome in answer.tools] == ["denied"]
    assert [offer.name for offer in model.requests[0].tools] == ["stockout_risk"]


def test_a_model_that_never_answers_is_stopped(
    assistant: Assistant, scripted: type, callers: Callers, conversations: SqliteConversationStore
) -> None:
    """A model that only calls tools ends in an error after the configured turns, and nothing is stored."""
    model = scripted([(GOOD,)])
    begun = with_model(assistant, scripted(["hello"])).ask(QUESTION, callers[MANAGER])
    question = dataclasses.replace(QUESTION, conversation_id=begun.conversation_id)
    with pytest.raises(UnavailableError, match="4 turns"):
        with_model(assistant, model).ask(question, callers[MANAGER])
    assert len(model.requests) == 4
    key = ConversationKey(tenant="default", subject="wanda", persona=MANAGER, conversation_id=begun.conversation_id)
    assert [message.text for message in conversations.window(key, limit=9)] == [QUESTION.text, "hello"]


@pytest.mark.parametrize("turns", [1, 2, 16])
def test_the_limit_of_turns_is_configured(
    assistant: Assistant, scripted: type, callers: Callers, publish: Publish, turns: int
) -> None:
    """`limits.turns` counts calls of the model."""
    publish("agent/inventory", {"limits": {"turns": turns}})
    model = scripted([(GOOD,)])
    with pytest.raises(UnavailableError):
        with_model(assistant, model).ask(QUESTION, callers[MANAGER])
    assert len(model.requests) == turns


def test_a_model_sees_the_window_and_its_instructions(
    assistant: Assistant, scripted: type, callers: Callers, publish: Publish
) -> None:
    """As many earlier messages as configured, oldest first, then the question; system text with the date."""
    publish("agent/inventory", {"context": {"window_messages": 3}, "instructions": "Be brief."})
    model = scripted(["one", "two", "three"])
    talk = with_model(assistant, model)
    conversation = None
    for text in ("first", "second", "third"):
        question = dataclasses.replace(QUESTION, text=text, conversation_id=conversation)
        conversation = talk.ask(question, callers[MANAGER]).conversation_id
    assert [turn.text for turn in model.requests[-1].turns] == ["one", "second", "two", "third"]
    assert model.requests[-1].system == "Be brief.\nToday is 2026-06-30."
    publish("agent/inventory", {"context": {"window_messages": 0}})
    conversation = None  # which a change of the window counts for
    for text in ("fourth", "fifth"):
        question = dataclasses.replace(QUESTION, text=text, conversation_id=conversation)
        conversation = talk.ask(question, callers[MANAGER]).conversation_id
        assert [turn.text for turn in model.requests[-1].turns] == [text]


def test_usage_is_summed_over_the_turns(assistant: Assistant, scripted: type, callers: Callers) -> None:
    """Tokens and cost of every call of the model count."""
    answer = with_model(assistant, scripted([(GOOD,), (GOOD,), "done"])).ask(QUESTION, callers[MANAGER])
    usage = answer.usage
    assert (usage.input_tokens, usage.output_tokens, usage.cost_usd) == (9, 6, Decimal("0.03"))


def test_no_time_left_is_an_error_before_any_work(assistant: Assistant, scripted: type, callers: Callers) -> None:
    """A turn that begins after its deadline does not ask the model."""
    model = scripted(["too late"])
    with pytest.raises(DeadlineError):
        with_model(assistant, model).ask(QUESTION, callers[MANAGER], deadline=Deadline(0.0, lambda: 1.0))
    assert model.requests == []


def test_a_model_that_is_not_set_up_is_named(assistant: Assistant, store: SqliteConfigStore, callers: Callers) -> None:
    """A configuration may name a model that this place lacks: the error says which ones there are."""
    content: Content = {"model": "elsewhere"}
    store.append([Draft(key="agent/inventory", layer="env:dev", content=content, author="", message="", expected=0)])
    with pytest.raises(UnavailableError, match="elsewhere") as refused:
        assistant.ask(QUESTION, callers[MANAGER])
    assert "default" in refused.value.fix


def test_a_configuration_that_names_a_tool_nobody_brings_still_answers(
    assistant: Assistant, store: SqliteConfigStore, callers: Callers
) -> None:
    """A platform without it was deployed after the publish: the agent does without, and the worker reports it."""
    content: Content = {"tools": ["gone", "reorder_candidates"]}
    store.append([Draft(key="agent/inventory", layer="env:dev", content=content, author="", message="", expected=0)])
    answer = assistant.ask(Question(text="What is at or below its reorder point in WH01?"), callers[MANAGER])
    assert [(outcome.call.name, outcome.status) for outcome in answer.tools] == [("reorder_candidates", "ok")]

"""One question, start to end, on the sample data; figures are checked against SQL over all of it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from agents.errors import ForbiddenError, InvalidError, NotFoundError
from agents.runtime.assistant import MAX_QUESTION_CHARS, Question
from agents.runtime.conversations import ConversationKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.access.principal import Caller
    from agents.adapters.sqlite.conversations import SqliteConversationStore
    from agents.configuration.documents import Version
    from agents.runtime.answer import Answer
    from agents.runtime.assistant import Assistant

    Callers = dict[str, Caller]
    Run = Callable[[str], list[tuple[object, ...]]]
    Plain = Callable[[object], list[tuple[object, ...]]]
    Publish = Callable[..., Version]

MANAGER, ENGINEER, BUYER = "warehouse_manager", "field_engineer", "procurement_specialist"
UNKNOWN = "01979e5c-5a00-7abc-8def-0123456789ab"
REVENUE = "What is the revenue per warehouse in the last 30 days?"
_SOLD = (
    "FROM sales_order_header h JOIN sales_order_line l USING (sales_order_id) JOIN product p USING (product_id)"
    " WHERE h.order_date >= DATE '2026-05-31' AND h.order_date < DATE '2026-06-30' AND"
)
# Question, agent and tool that answer it, and independent SQL over all rows for what the person must get.
FIGURES = [
    (
        MANAGER, REVENUE, "sql", "query_data",
        f"SELECT h.warehouse_id, SUM(l.quantity * l.unit_price) {_SOLD} h.warehouse_id IN ('WH01', 'WH02') GROUP BY 1",
    ),
    (
        ENGINEER, REVENUE, "sql", "query_data",
        f"SELECT h.warehouse_id, SUM(l.quantity * l.unit_price) {_SOLD} h.territory_id IN ('T1', 'T3') GROUP BY 1",
    ),
    (
        ENGINEER, "How many units were sold per category in the last 30 days?", "sql", "query_data",
        f"SELECT p.category, SUM(l.quantity) {_SOLD} h.territory_id IN ('T1', 'T3') GROUP BY 1",
    ),
    (
        MANAGER, "How many units are on hand per warehouse?", "sql", "query_data",
        "SELECT warehouse_id, SUM(on_hand) FROM warehouse_product WHERE warehouse_id IN ('WH01', 'WH02') GROUP BY 1",
    ),
    (
        BUYER, "How many purchase orders are open per supplier?", "sql", "query_data",
        "SELECT supplier, COUNT(*) FROM purchase_order_header WHERE status = 'open' GROUP BY 1",
    ),
    (
        BUYER, "Which purchase orders are late, and by how many days?", "inventory", "late_purchase_orders",
        ("SELECT h.purchase_order_id, h.supplier, h.warehouse_id, h.due_date, DATE '2026-06-30' - h.due_date,"
        " (SELECT SUM(quantity) FROM purchase_order_line l WHERE l.purchase_order_id = h.purchase_order_id)"
        " FROM purchase_order_header h WHERE h.status <> 'received' AND h.due_date <= DATE '2026-06-29'"),
    ),
    (
        MANAGER, "What is at or below its reorder point in WH02?", "inventory", "reorder_candidates",
        ("SELECT s.product_id, p.name, s.on_hand, s.reorder_point, s.reorder_point - s.on_hand, s.lead_time_days"
        " FROM warehouse_product s, product p WHERE p.product_id = s.product_id AND s.warehouse_id = 'WH02'"
        " AND s.reorder_point >= GREATEST(s.on_hand, 1)"),
    ),
]  # fmt: skip


def key_of(answer: Answer, *, subject: str = "wanda", persona: str = MANAGER) -> ConversationKey:
    return ConversationKey(tenant="default", subject=subject, persona=persona, conversation_id=answer.conversation_id)


@pytest.mark.parametrize(("persona", "question", "agent", "tool", "expected"), FIGURES, ids=lambda value: value[:40])
def test_figures_are_those_of_the_persons_own_rows(
    assistant: Assistant, callers: Callers, full: Run, plain: Plain, persona: str, question: str, agent: str, tool: str,
    expected: str,
) -> None:  # fmt: skip
    """The right tool answers, and its table is what SQL over all data gives when the filter is written by hand."""
    answer = assistant.ask(Question(text=question), callers[persona])
    (outcome,) = answer.tools
    assert (answer.agent, answer.persona, answer.partial, answer.model) == (agent, persona, False, "offline")
    assert (outcome.call.name, outcome.status) == (tool, "ok")
    assert plain(outcome.result.table.rows) == plain(full(expected)) != []
    assert outcome.result.as_of.isoformat() == "2026-06-30"
    assert "as of 2026-06-30" in answer.answer
    first = outcome.result.table.rows[0]
    assert str(first[0]) in answer.answer


def test_a_single_figure_is_the_headline(assistant: Assistant, callers: Callers, full: Run) -> None:
    """One number is said as such, with its unit."""
    answer = assistant.ask(Question(text="How many units did we sell in WH01?"), callers[MANAGER])
    expected = full(
        "SELECT SUM(quantity) FROM sales_order_line JOIN sales_order_header USING (sales_order_id)"
        " WHERE warehouse_id = 'WH01'"
    )[0][0]
    (outcome,) = answer.tools
    assert (outcome.result.value, outcome.result.units, outcome.result.table) == (expected, "units sold", None)
    assert f"{expected:,} units sold" in answer.answer


def test_another_persons_warehouse_gives_nothing_away(assistant: Assistant, callers: Callers) -> None:
    """Stock of a warehouse that is not one's own reads as none at all."""
    answer = assistant.ask(Question(text="Which products will run out in warehouse WH05?"), callers[MANAGER])
    assert (answer.tools[0].status, answer.partial) == ("skipped", True)
    assert "you see no stock in WH05" in answer.answer


def test_two_questions_in_one_are_answered_by_two_tools(assistant: Assistant, callers: Callers) -> None:
    """Tools of one turn run side by side, and their results come in the order asked."""
    text = "Which products will run out in WH01? What is at or below its reorder point in WH01?"
    answer = assistant.ask(Question(text=text), callers[MANAGER])
    assert [outcome.call.name for outcome in answer.tools] == ["stockout_risk", "reorder_candidates"]
    assert answer.answer.index("will probably run out") < answer.answer.index("reorder point in WH01")


def test_a_conversation_is_stored_and_goes_on(
    assistant: Assistant, conversations: SqliteConversationStore, callers: Callers
) -> None:
    """Question and answer are in the store before the answer is out, and the next turn adds to them."""
    first = assistant.ask(Question(text=REVENUE), callers[MANAGER])
    second = assistant.ask(Question(text="And per category?", conversation_id=first.conversation_id), callers[MANAGER])
    assert second.conversation_id == first.conversation_id
    key = key_of(first)
    said = conversations.window(key, limit=10)
    assert [message.role for message in said] == ["user", "assistant", "user", "assistant"]
    assert [message.text for message in said] == [REVENUE, first.answer, "And per category?", second.answer]
    assert [message.message_id for message in said] == sorted(message.message_id for message in said)
    assert (said[1].message_id, said[1].config_version, said[1].agent) == (
        first.message_id, first.config_version, "sql",
    )  # fmt: skip


def test_a_conversation_belongs_to_its_owner(
    assistant: Assistant, conversations: SqliteConversationStore, callers: Callers
) -> None:
    """Another person's conversation reads as none, and nothing is begun under its id."""
    hers = assistant.ask(Question(text=REVENUE), callers[MANAGER])
    with pytest.raises(NotFoundError):
        assistant.ask(Question(text=REVENUE, conversation_id=hers.conversation_id), callers[ENGINEER])
    assert conversations.window(key_of(hers, subject="felix", persona=ENGINEER), limit=10) == ()
    assert len(conversations.window(key_of(hers), limit=10)) == 2


def test_what_was_said_in_one_persona_is_no_history_for_another(
    assistant: Assistant, scripted: type, callers: Callers
) -> None:
    """The same person under the same id: not found, and the model is not asked; in the first persona it goes on."""
    model = scripted(["what only a manager may know", "more"])
    asking = dataclasses.replace(assistant, models={"default": model})
    question = Question(text="?", agent="sql")
    manager = callers[MANAGER]
    engineer = dataclasses.replace(manager, principal=dataclasses.replace(manager.principal, persona=ENGINEER))
    again = dataclasses.replace(question, conversation_id=asking.ask(question, manager).conversation_id)
    with pytest.raises(NotFoundError) as refused:
        asking.ask(again, engineer)
    assert refused.value.fix
    assert len(model.requests) == 1
    assert asking.ask(again, manager).answer == "more"
    assert model.requests[1].turns[1].text == "what only a manager may know"


def test_an_id_that_we_did_not_give_is_not_found(assistant: Assistant, scripted: type, callers: Callers) -> None:
    """Whoever chose ids could lay one ready for who comes later under the same name."""
    model = scripted(["yes"])
    asking = dataclasses.replace(assistant, models={"default": model})
    with pytest.raises(NotFoundError):
        asking.ask(Question(text=REVENUE, conversation_id=UNKNOWN), callers[MANAGER])
    assert model.requests == []


@pytest.mark.parametrize(
    "text", ["", "   ", "\n\t", "\x00\x07\x1b", "\u200b", "\ud800", "x" * (MAX_QUESTION_CHARS + 1)]
)
def test_a_question_that_is_none_is_refused(assistant: Assistant, callers: Callers, text: str) -> None:
    """Nothing, only control characters, or too much is an error that says what to do."""
    with pytest.raises(InvalidError) as refused:
        assistant.ask(Question(text=text), callers[MANAGER])
    assert refused.value.fix


def test_control_characters_never_reach_model_or_store(
    assistant: Assistant, conversations: SqliteConversationStore, callers: Callers
) -> None:
    """They become spaces; the question itself is answered."""
    answer = assistant.ask(Question(text="\x1b[31mrevenue\x00per\x07warehouse\r\n"), callers[MANAGER])
    key = key_of(answer)
    assert conversations.window(key, limit=2)[0].text == "[31mrevenue per warehouse"
    assert not answer.partial


def test_the_longest_question_is_answered(assistant: Assistant, callers: Callers) -> None:
    """The limit itself is allowed."""
    text = (REVENUE + " " + "x" * MAX_QUESTION_CHARS)[:MAX_QUESTION_CHARS]
    assert assistant.ask(Question(text=text), callers[MANAGER]).tools[0].status == "ok"


@pytest.mark.parametrize(
    "conversation_id",
    [
        "", "a b", "../x", "a#b", "x" * 65, "é", "a\n", "c1", f"{UNKNOWN}\n", UNKNOWN.upper(), UNKNOWN.replace("-", ""),
        UNKNOWN.replace("-7", "-4"),
    ],
)  # fmt: skip
def test_a_conversation_id_of_another_kind_is_refused(
    assistant: Assistant, callers: Callers, conversation_id: str
) -> None:
    """An id that could be read as part of a store's key is not one of ours."""
    with pytest.raises(InvalidError):
        assistant.ask(Question(text=REVENUE, conversation_id=conversation_id), callers[MANAGER])


def test_an_agent_may_be_named(assistant: Assistant, callers: Callers) -> None:
    """A named agent answers whatever the words say; an unknown one is not found."""
    assert assistant.ask(Question(text="What is late?", agent="sql"), callers[BUYER]).agent == "sql"
    with pytest.raises(NotFoundError):
        assistant.ask(Question(text="What is late?", agent="nobody"), callers[BUYER])


def test_who_is_no_persona_gets_no_answer(assistant: Assistant, callers: Callers) -> None:
    """A caller without a persona is told that none of the groups is one."""
    caller = callers[MANAGER]
    nobody = dataclasses.replace(caller, principal=dataclasses.replace(caller.principal, persona=None))
    with pytest.raises(ForbiddenError):
        assistant.ask(Question(text=REVENUE), nobody)


def test_a_change_of_parameters_counts_at_the_next_answer(
    assistant: Assistant, callers: Callers, publish: Publish
) -> None:
    """`parameters.rows` is read at each turn: fewer lines, another digest, no restart."""
    question = Question(text="How many purchase orders are open per supplier?")
    before = assistant.ask(question, callers[BUYER])
    publish("agent/sql", {"parameters": {"rows": 2}})
    after = assistant.ask(question, callers[BUYER])
    assert (before.answer.count("Supplier"), after.answer.count("Supplier")) == (5, 2)
    assert before.config_version != after.config_version
    publish("agent/sql", {"parameters": {"rows": 5}})
    again = assistant.ask(question, callers[BUYER])
    assert (again.answer, again.config_version) == (before.answer, before.config_version)


def test_a_change_of_tools_counts_at_the_next_answer(assistant: Assistant, callers: Callers, publish: Publish) -> None:
    """A tool that is taken off the list is no longer offered, and comes back when it is listed again."""
    question = Question(text="Which purchase orders are late?")
    before = assistant.ask(question, callers[BUYER])
    publish("agent/inventory", {"tools": ["reorder_candidates"]})
    after = assistant.ask(question, callers[BUYER])
    assert [outcome.call.name for outcome in before.tools] == ["late_purchase_orders"]
    assert "late_purchase_orders" not in [outcome.call.name for outcome in after.tools]
    assert before.config_version != after.config_version


def test_an_answer_is_json_with_every_field(assistant: Assistant, callers: Callers) -> None:
    """What is sent is JSON's types only, with money as text."""
    import json

    sent = assistant.ask(Question(text=REVENUE), callers[MANAGER]).as_json()
    assert json.loads(json.dumps(sent)) == sent
    assert sent["usage"]["cost_usd"] == "0"
    assert sent["usage"]["input_tokens"] > 0
    tool = sent["tools"][0]
    assert tool.keys() == {"name", "status", "arguments", "elapsed_ms", "result"}

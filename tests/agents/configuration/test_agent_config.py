"""What an agent's document may say, and what is said of a mistake."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest

from agents.configuration.agent_config import AgentConfig, parse_agent_config
from agents.configuration.document_model import fields, inner, not_yet, own_class, reload_class
from agents.errors import InvalidError
from agents.supply_chain import document
from tests.agents.configuration.documents_world import GOOD, Doc

if TYPE_CHECKING:
    from pydantic import BaseModel

FULL: Doc = {
    **GOOD,
    "model": "big",
    "fallbacks": ["small"],
    "limits": {"timeout_s": 20.0, "model_timeout_s": 4.0, "retries": 1, "tokens_per_turn": 9, "usd_per_turn": "0.05"},
    "context": {"window_messages": 5, "window_tokens": 100, "summarise_after": 9, "retention_days": 30},
    "routing": {"keywords": ["a"], "examples": ["b?"], "otherwise": True, "intents": ["late"], "threshold": 0.5},
    "access": {"personas": ["warehouse_manager"]},
    "parameters": {"rows": 5, "label": "x", "share": 0.5, "on": True, "key": {"$secret": "carrier_key"}},
}


def test_a_full_document_is_taken_as_it_is() -> None:
    """Nothing is converted: a number stays a whole number and a truth value stays one."""
    config = parse_agent_config(FULL)
    assert config.parameters == {"rows": 5, "label": "x", "share": 0.5, "on": True}
    assert [type(value) for value in config.parameters.values()] == [int, str, float, bool]


def test_references_are_never_among_the_parameters_that_a_model_is_told() -> None:
    """They are apart, so that nothing that reads the parameters can pass one on."""
    config = parse_agent_config(FULL)
    assert [*config.references] == ["key"]
    assert "carrier_key" not in repr(config.parameters)


def test_every_problem_comes_at_once_with_its_place_and_what_to_write() -> None:
    """Nobody mends a document one refusal at a time."""
    wrong: Doc = {
        "title": "",
        "instructions": "x",
        "colour": "red",
        "limits": {"turns": 0, "timeout_s": "20", "usd_per_turn": 0.05, "speed": 1},
        "tools": ["ok", "Not OK"],
        "parameters": {"a/b": [1], "c": {"$secret": "UPPER"}},
    }
    with pytest.raises(InvalidError) as caught:
        parse_agent_config(wrong, where="agent/x (base)")
    found = {problem.pointer: problem for problem in caught.value.problems}
    assert sorted(found) == [
        "/colour",
        "/limits/speed",
        "/limits/timeout_s",
        "/limits/turns",
        "/limits/usd_per_turn",
        "/parameters/a~1b",
        "/parameters/c",
        "/title",
        "/tools/1",
    ]
    assert len(found) == len(caught.value.problems)
    assert all(problem.fix and problem.where == "agent/x (base)" for problem in found.values())
    assert "fallbacks" in found["/colour"].fix
    assert "parallel_tools" in found["/limits/speed"].fix


def test_what_is_missing_is_named_with_what_it_is() -> None:
    with pytest.raises(InvalidError) as caught:
        parse_agent_config({"tools": []})
    assert {problem.pointer: problem.fix for problem in caught.value.problems} == {
        "/title": "Give it: its name for people.",
        "/instructions": "Give it: what the model is told of its task.",
    }


def test_a_problem_does_not_show_the_value() -> None:
    """Somebody may have pasted a password, and problems are logged."""
    with pytest.raises(InvalidError) as caught:
        parse_agent_config({**GOOD, "limits": {"turns": "hunter2"}, "parameters": {"x": ["hunter2"]}})
    assert "hunter2" not in repr(caught.value.problems) + str(caught.value)


def test_what_nothing_reads_yet_is_told_and_what_is_read_is_not() -> None:
    """A budget that nobody keeps must not look like one that is kept."""
    told = {problem.pointer for problem in not_yet(AgentConfig, FULL)}
    assert {"/fallbacks", "/limits/usd_per_turn", "/context/summarise_after"} <= told
    assert not told & {"/model", "/limits/timeout_s", "/routing/keywords", "/context/window_messages"}
    assert not [*not_yet(AgentConfig, document("defaults"))]


def test_what_is_given_as_its_default_needs_no_warning() -> None:
    assert not [*not_yet(AgentConfig, {**GOOD, "fallbacks": [], "limits": {"retries": 0}})]


@pytest.mark.parametrize(
    ("pointers", "expected"),
    [
        ([], "hot"),
        (["/title", "/limits/turns"], "hot"),
        (["/title", "/tools/0"], "drain"),
        (["/model"], "drain"),
        (["/context"], "drain"),
        (["/context/retention_days"], "hot"),
        (["/parameters/rows"], "hot"),
        ([""], "drain"),
        (["/never-heard-of"], "drain"),
    ],
)
def test_a_change_takes_what_the_most_of_its_places_takes(pointers: list[str], expected: str) -> None:
    """What the conversation was built on changes for new conversations; the rest counts from the next turn on."""
    assert reload_class(AgentConfig, pointers) == expected


def test_every_field_says_what_it_is_and_what_a_change_takes() -> None:
    """The page of documents, and the messages about mistakes, are made of it."""
    waiting: list[type[BaseModel]] = [AgentConfig]
    while waiting:
        for name, field in fields(waiting.pop()):
            assert field.description, name
            assert own_class(field) in {"hot", "drain", "redeploy"}
            assert "x-reload" in field.json_schema_extra, name
            waiting += [held] if (held := inner(field)) else []


def test_the_published_schema_says_the_same_as_the_code() -> None:
    """An editor that follows it and the server agree."""
    schema = jsonschema_rs.validator_for(AgentConfig.model_json_schema(by_alias=True), offline=True)
    mutations: list[Doc] = [
        FULL,
        GOOD,
        document("sql"),
        {**FULL, "limits": {"turns": 17}},
        {**FULL, "model": "http://x y"},
        {**FULL, "access": {"personas": ["boss"]}},
        {**FULL, "parameters": {"a": None}},
        {**FULL, "parameters": {"a": {"$secret": "a", "$env": "A"}}},
        {**FULL, "parameters": {"a": {"$env": "lower"}}},
        {**FULL, "context": {"window_tokens": 0}},
    ]
    verdicts = []
    for content in mutations:
        try:
            parse_agent_config(content)
            ours = True
        except InvalidError:
            ours = False
        assert schema.is_valid(content) is ours, json.dumps(content)
        verdicts.append(ours)
    assert verdicts == [True] * 3 + [False] * 7


def test_an_agent_is_kept_for_the_personas_it_names_and_never_opened_further() -> None:
    """It narrows what the policy grants; without it, nothing is narrowed."""
    documents: list[Doc] = [*({**GOOD, "access": {"personas": one}} for one in (None, ["field_engineer"], []))]
    answers = [
        parse_agent_config(content).open_to(persona)
        for content, persona in itertools.product(documents, ("field_engineer", "warehouse_manager"))
    ]
    assert answers == [True, True, True, False, False, False]

"""What an agent's configuration is held against: tools, models, time, the stack, the other documents."""

from __future__ import annotations

import pytest

from agents.configuration.deployed import GATEWAY_S, Deployed, deployed_of
from agents.configuration.problems import errors, warnings
from tests.agents.configuration.documents_world import CATALOGUE, GOOD, SCHEMA, Doc, World

SECRET = {"$secret": "carrier_api_key"}


def test_a_plain_document_has_no_problem() -> None:
    assert World().check(GOOD) == ()


def test_problems_of_every_kind_come_together() -> None:
    """Also where the form is wrong, the rest is checked as if that were not there."""
    wrong = {
        **GOOD,
        "tools": ["track", "gone"],
        "model": "gone",
        "limits": {"turns": 0},
        "parameters": {"u": "http://x"},
    }
    assert World().places(wrong) == [
        ("invalid", "/limits/turns"),
        ("invalid", "/model"),
        ("invalid", "/parameters/u"),
        ("invalid", "/tools/1"),
    ]
    assert all(problem.fix for problem in World().check(wrong))


def test_an_agent_that_nobody_brings_is_refused() -> None:
    assert [problem.fix for problem in World().check(GOOD, "agent/nobody")] == ["Agents: carriers, stock."]


def test_defaults_are_half_a_document() -> None:
    """What an agent must say itself may lack; what no agent could mend is refused."""
    assert World().check({"limits": {"turns": 2}}, "agent/defaults") == ()
    assert World().places({"limits": {"turns": 0}, "parameters": {"a": "file:///etc/passwd"}}, "agent/defaults") == [
        ("invalid", "/limits/turns"),
        ("invalid", "/parameters/a"),
    ]


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (["default"], []),
        (["big", "small"], []),
        (["gone"], [("invalid", "/model")]),
        (["big", "big-too"], [("invalid", "/fallbacks/0")]),
        (["big", "small", "big"], [("invalid", "/fallbacks/1")]),
        (["ended"], [("invalid", "/model")]),
        (["ending"], [("warning", "/model")]),
        (["later"], []),
        (["old"], [("warning", "/model")]),
        (["european"], [("invalid", "/model")]),
    ],
    ids=str,
)
def test_models_are_alive_and_fall_back_to_another_quota(chain: list[str], expected: list[tuple[str, str]]) -> None:
    """60 days before its end a model is warned of; of one quota, both are throttled together."""
    world = World(deployed=Deployed(region="us-east-1"))
    content = {**GOOD, "model": chain[0], "fallbacks": chain[1:], "limits": {"model_timeout_s": 0.5}}
    about = ("/model", "/fallbacks/0", "/fallbacks/1")
    found = [one for one in world.check(content) if one.pointer in about and "not yet" not in one.message]
    assert sorted((one.code, one.pointer) for one in found) == expected


def test_a_model_and_tool_must_be_granted_by_the_stack() -> None:
    """A role without the right would answer every question with an error."""
    world = World(deployed=Deployed(models=frozenset({"id.a"}), tools=frozenset({"slow"})))
    assert world.places({**GOOD, "model": "big"}) == [("invalid", "/tools/0")]
    assert world.places({**GOOD, "model": "small", "tools": []}) == [("invalid", "/model")]


def test_the_stacks_own_model_that_ends_is_only_warned_of() -> None:
    """The document did not choose it, and could not be mended."""
    world = World(deployed=Deployed(model="id.f", models=frozenset({"id.f"})))
    assert world.places(GOOD) == [("warning", "/model")]


def test_without_a_catalogue_only_the_stacks_model_can_be_named() -> None:
    assert World(documents={}).check(GOOD) == ()
    assert World(documents={}).places({**GOOD, "model": "big"}) == [("invalid", "/model")]


def test_an_answer_must_come_before_the_gateway_or_function_ends_it() -> None:
    """29 s less a second around the turn, or the function's own time."""
    gateway = World(deployed=Deployed(gateway_timeout_s=GATEWAY_S, function_timeout_s=60))
    assert gateway.places({**GOOD, "limits": {"timeout_s": 28.0}}) == []
    (problem,) = gateway.check({**GOOD, "limits": {"timeout_s": 28.5}})
    assert (problem.pointer, problem.fix, "the gateway" in problem.message) == (
        "/limits/timeout_s",
        "At most 28.",
        True,
    )
    function = World(deployed=Deployed(gateway_timeout_s=GATEWAY_S, function_timeout_s=15))
    (problem,) = function.check(GOOD)
    assert (problem.fix, "function" in problem.message) == ("At most 14.", True)
    assert World().check({**GOOD, "limits": {"timeout_s": 120.0}}) == ()


def test_a_fallback_that_never_gets_its_turn_is_told() -> None:
    """The first model may take the whole time, so the document promises what cannot happen."""
    content = {**GOOD, "model": "big", "fallbacks": ["small"]}
    told = [one for one in World().check(content) if "no fallback is tried" in one.message]
    assert [one.pointer for one in told] == ["/fallbacks"]
    timed = {**content, "limits": {"model_timeout_s": 2.0, "turns": 2}}
    assert not [one for one in World().check(timed) if "no fallback is tried" in one.message]


def test_a_tool_that_takes_longer_than_the_turn_is_told() -> None:
    assert World().places({**GOOD, "tools": ["slow"]}) == [("warning", "/tools/0")]


@pytest.mark.parametrize(
    ("part", "pointer"),
    [
        ({"limits": {"model_timeout_s": 30.0}}, "/limits/model_timeout_s"),
        ({"limits": {"tokens_per_turn": 10, "tokens_per_conversation": 9}}, "/limits/tokens_per_turn"),
        ({"limits": {"usd_per_turn": "10", "usd_per_conversation": "9.5"}}, "/limits/usd_per_turn"),
        ({"context": {"summarise_after": 5}}, "/context/summarise_after"),
        ({"model": "big", "context": {"window_tokens": 1001}}, "/context/window_tokens"),
        ({"tools": ["track", "track"]}, "/tools/1"),
        ({"routing": {"intents": ["late"]}}, "/routing/intents/0"),
    ],
    ids=str,
)
def test_fields_that_contradict_each_other_are_refused(part: Doc, pointer: str) -> None:
    assert [problem.pointer for problem in errors(World().check({**GOOD, **part}))] == [pointer]


def test_a_budget_that_no_price_counts_towards_is_told() -> None:
    told = [one.message for one in World().check({**GOOD, "model": "small", "limits": {"usd_per_turn": "1"}})]
    assert any("no price" in message for message in told)


def test_personas_that_the_policy_grants_nothing_are_told() -> None:
    """The document narrows; it cannot grant."""
    policy = {"personas": {"warehouse_manager": {"agents": ["carriers"]}}}
    world = World(documents={"models/catalogue": CATALOGUE, "access/policy": policy})
    content = {**GOOD, "access": {"personas": ["warehouse_manager", "field_engineer"]}}
    told = [one.pointer for one in warnings(world.check(content)) if "does not grant" in one.message]
    assert told == ["/access/personas/1"]


def test_parameters_are_held_to_the_plugins_schema() -> None:
    """Problems name the place, and never the value."""
    world = World(schema=SCHEMA)
    assert world.check({**GOOD, "parameters": {"rows": 5}}) == ()
    found = world.check({**GOOD, "parameters": {"rows": 0, "colour": "hunter2"}})
    assert sorted(problem.pointer for problem in found) == ["/parameters", "/parameters/rows"]
    assert "hunter2" not in repr(found)


def test_a_secret_parameter_takes_a_reference_and_nothing_else() -> None:
    world = World(schema=SCHEMA, deployed=Deployed(secrets=frozenset({"carrier_api_key"})))
    (told,) = world.check({**GOOD, "parameters": {"carrier_key": SECRET}})
    assert (told.code, "not yet in effect" in told.message) == ("warning", True)
    (problem,) = world.check({**GOOD, "parameters": {"carrier_key": "hunter2"}})
    assert (problem.pointer, "hunter2" in repr(problem)) == ("/parameters/carrier_key", False)
    plain = errors(world.check({**GOOD, "parameters": {"callback": SECRET}}))
    assert [problem.pointer for problem in plain] == ["/parameters/callback"]
    assert errors(World(deployed=world.deployed).check({**GOOD, "parameters": {"carrier_key": SECRET}}))


def test_a_function_knows_its_stack_by_its_environment() -> None:
    """What the stack does not say is not checked; references are closed unless it opens them."""
    stack = deployed_of(
        {"QM_MODEL": "id.a", "QM_MODELS": "id.b id.c", "AWS_REGION": "eu-west-1", "QM_FUNCTION_TIMEOUT_S": "30"}
    )
    assert stack.models == {"id.a", "id.b", "id.c"}
    assert (stack.region, stack.limit_s, stack.secrets) == ("eu-west-1", 29.0, frozenset())
    assert stack.tools == {"stockout_risk", "reorder_candidates", "late_purchase_orders", "query_data"}
    assert deployed_of({}).models is None

"""No document, text, question or tool argument gets at a secret that the stack did not open."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from agents.adapters.secrets import EnvironmentSecrets
from agents.configuration.agent_config import parse_agent_config
from agents.configuration.deployed import UNKNOWN, Deployed
from agents.configuration.kinds import hidden
from agents.configuration.problems import errors
from agents.configuration.references import Reference, Secret, check_texts, is_secret, reference_of, resolve
from agents.errors import ForbiddenError, InvalidError, NotFoundError
from tests.agents.configuration.documents_world import GOOD, SCHEMA, Doc, FakeAgent, World

if TYPE_CHECKING:
    from agents.json_value import Json

CANARY = "canary-8c1f"
ENVIRON = {"AWS_SECRET_ACCESS_KEY": CANARY, "QM_AUDIT_KEY": CANARY, "CARRIER_KEY": "mine", "PATH": CANARY}
EVERYTHING = Deployed(secrets=frozenset({"carrier_api_key"}), variables=frozenset(ENVIRON))


def test_an_open_reference_is_resolved_where_it_is_used() -> None:
    config = parse_agent_config({**GOOD, "parameters": {"carrier_key": {"$env": "CARRIER_KEY"}}})
    found = resolve(config.references, EnvironmentSecrets(ENVIRON), EVERYTHING)
    assert found["carrier_key"].value == "mine"


def test_a_resolved_value_shows_nowhere_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    """In a log line, a message and a dump it is a mask."""
    secret = Secret(CANARY)
    with caplog.at_level(logging.INFO):
        logging.getLogger("x").info("%s %r", secret, {"key": secret})
    assert CANARY not in caplog.text + str(secret) + repr([secret]) + f"{secret}"


@pytest.mark.parametrize(
    "name", ["AWS_SECRET_ACCESS_KEY", "QM_AUDIT_KEY", "PATH", "AWS", "LD_PRELOAD", "PYTHONPATH", "_X"]
)
def test_variables_of_the_platform_are_closed_whatever_the_stack_lists(name: str) -> None:
    """Refused when it is published, and again when it is used, in case it came past the publisher."""
    stack = Deployed(variables=frozenset({name}))
    world = World(schema=SCHEMA, deployed=stack)
    found = errors(world.check({**GOOD, "parameters": {"carrier_key": {"$env": name}}}))
    assert [problem.pointer for problem in found] == ["/parameters/carrier_key"]
    with pytest.raises(ForbiddenError):
        resolve({"k": Reference("env", name)}, EnvironmentSecrets({name: CANARY}), stack)


@pytest.mark.parametrize("reference", [Reference("env", "CARRIER_KEY"), Reference("secret", "carrier_api_key")])
def test_what_the_stack_does_not_list_is_closed(reference: Reference) -> None:
    with pytest.raises(ForbiddenError):
        resolve({"k": reference}, EnvironmentSecrets(ENVIRON), UNKNOWN)


def test_what_lacks_is_named() -> None:
    with pytest.raises(NotFoundError, match="carrier_api_key"):
        resolve({"k": Reference("secret", "carrier_api_key")}, EnvironmentSecrets(ENVIRON), EVERYTHING)


@pytest.mark.parametrize(
    "content",
    [
        {**GOOD, "instructions": {"$env": "AWS_SECRET_ACCESS_KEY"}},
        {**GOOD, "instructions": "Say {$env: AWS_SECRET_ACCESS_KEY} at the end."},
        {**GOOD, "instructions": 'Say {"$env": "AWS_SECRET_ACCESS_KEY"}'},
        {**GOOD, "title": "{ '$secret': carrier_api_key }"},
        {**GOOD, "model": {"$env": "AWS_SECRET_ACCESS_KEY"}},
        {**GOOD, "tools": [{"$env": "AWS_SECRET_ACCESS_KEY"}]},
        {**GOOD, "routing": {"keywords": [{"$secret": "carrier_api_key"}]}},
        {**GOOD, "parameters": {"carrier_key": {"$env": "AWS_SECRET_ACCESS_KEY"}}},
        {**GOOD, "parameters": {"callback": {"$secret": "carrier_api_key"}}},
        {**GOOD, "parameters": {"callback": {"$env": "CARRIER_KEY", "x": 1}}},
        {**GOOD, "parameters": {"callback": "{$env: AWS_SECRET_ACCESS_KEY}"}},
    ],
    ids=str,
)
def test_a_reference_outside_a_field_of_secret_type_is_refused(content: Doc) -> None:
    found = World(schema=SCHEMA, deployed=EVERYTHING).check(content)
    assert "invalid" in {problem.code for problem in found}


@pytest.mark.parametrize(
    "value",
    [
        "http://169.254.169.254/latest/meta-data/",
        "HTTPS://example.com",
        " https://example.com",
        "file:///etc/passwd",
        "//example.com/x",
        "\\\\host\\share",
        "ftp://x",
        "http:/example.com",
        "https:example.com",
        "gopher://x",
        "data:text/plain,x",
        "https://api.example.com.evil.example/v1",
        "https://api.example.com/v1/../admin",
        "https://api.example.com/v1/%2e%2e/admin",
        "https://api.example.com/v1@evil.example",
    ],
)
def test_a_url_that_the_server_could_be_sent_to_is_refused(value: str) -> None:
    stack = Deployed(urls=("https://api.example.com/v1",))
    assert World(deployed=stack).places({**GOOD, "parameters": {"callback": value}}) == [
        ("invalid", "/parameters/callback")
    ]


@pytest.mark.parametrize("value", ["https://api.example.com/v1", "https://api.example.com/v1/track?x=1"])
def test_a_url_of_the_stacks_list_may_stand_there(value: str) -> None:
    stack = Deployed(urls=("https://api.example.com/v1",))
    assert World(deployed=stack).check({**GOOD, "parameters": {"callback": value}}) == ()


def test_a_prompt_may_speak_of_a_url_and_of_money() -> None:
    """Nothing fetches it; and a dollar is not a reference."""
    assert (
        World().check({**GOOD, "instructions": "See https://example.com. It costs {$5}. ${HOME} is not replaced."})
        == ()
    )


@pytest.mark.parametrize("value", [{}, {"$secret": ""}, {"$secret": 1}, {"$env": "a"}, {"$x": "y"}, [], "x"])
def test_anything_else_is_no_reference(value: Json) -> None:
    with pytest.raises(ValueError, match="reference"):
        reference_of(value)


def test_diffs_and_logs_mask_what_is_a_secret_or_is_called_one() -> None:
    """By the plugin's schema, and by names that tell, because a file that was never checked is compared too."""
    mask = hidden("agent/carriers", {"carriers": FakeAgent(SCHEMA)})
    assert mask("/parameters/carrier_key")
    assert mask("/parameters/carrier_key/$secret")
    assert not mask("/parameters/rows")
    assert hidden("agent/defaults", {"carriers": FakeAgent(SCHEMA), "stock": FakeAgent()})("/parameters/carrier_key")
    for telling in ("/parameters/db_password", "/x/api_key", "/parameters/access-token", "/client_secret/value"):
        assert is_secret(telling)
    for plain in ("/limits/tokens_per_turn", "/routing/keywords/0", "/parameters/monkey", "/title"):
        assert not is_secret(plain)


def test_a_deep_text_is_found() -> None:
    deep: Json = "{$secret: x}"
    for _ in range(2_000):
        deep = [deep]
    assert len([*check_texts(deep, UNKNOWN, urls=True)]) == 1


def test_a_document_cannot_hide_a_reference_behind_marks() -> None:
    """What is checked is merged; a mark that is left is no parameter."""
    with pytest.raises(InvalidError):
        parse_agent_config({**GOOD, "parameters": {"x": {"$replace": {"$env": "AWS_SECRET_ACCESS_KEY"}}}})

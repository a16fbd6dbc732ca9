"""Putting the deployed functions together: all settings or a refusal, and nothing before they are called."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from agents.bootstrap.api_function import api_function
from agents.bootstrap.authoriser_function import authoriser_function
from agents.bootstrap.common import PLUGINS
from agents.bootstrap.gateway_function import gateway_function
from agents.bootstrap.tool_function import tool_function
from agents.bootstrap.worker_function import worker_function
from agents.contract import API, AUTHORISER, FUNCTIONS, GATEWAY, TOOL_FUNCTIONS, WORKER, Env, Function
from agents.errors import SetupError
from agents.runtime.registry import load_plugins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Read = Callable[[str], dict[str, Any]]

TOOLS = tuple(TOOL_FUNCTIONS.values())
MAKES: dict[str, Any] = {
    API.name: api_function,
    AUTHORISER.name: authoriser_function,
    GATEWAY.name: gateway_function,
    **{function.name: tool_function for function in TOOLS},
    WORKER.name: worker_function,
}


def settings(function: Function, **changed: str) -> dict[str, str]:
    values = dict.fromkeys(function.environment, "x")
    known = {
        Env.JWKS_URL: "http://127.0.0.1:9/keys",
        Env.MODEL: "offline",
        Env.ENVIRONMENT: "local",
        Env.AS_OF: "",
        Env.ORIGINS: "",
        Env.FUNCTION_TIMEOUT_S: "30",
        Env.FUNCTION: function.name,
    }
    return {name: (known | changed).get(name, value) for name, value in values.items()}


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing answers, and whatever account this machine is signed in to, no request reaches it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture(autouse=True)
def loop() -> Iterator[None]:
    """Mangum takes the event loop that is there, or leaves one of its own open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_every_missing_variable_is_named_at_once(function: Function) -> None:
    """A function that was deployed without its environment says what lacks."""
    may_be_empty = {Env.AS_OF, Env.ORIGINS, Env.MODELS, Env.SECRETS, Env.OUTBOUND_URLS}
    wanted = [name for name in function.environment if name not in may_be_empty]
    with pytest.raises(SetupError, match=f"lacks {', '.join(wanted)}"):
        MAKES[function.name]({})


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_the_functions_start_with_what_the_contract_lists(function: Function) -> None:
    """No variable beside those is read: another one in the environment changes nothing."""
    assert callable(MAKES[function.name](settings(function)))


def test_every_tool_runs_in_one_function() -> None:
    """A tool that no function runs could not be called; one that two run would have two roles."""
    run = [tool for function in FUNCTIONS for tool in function.tools]
    assert sorted(run) == sorted(load_plugins(PLUGINS).tools)
    assert all(bool(function.tools) == (function in TOOLS) for function in FUNCTIONS)


def test_a_tool_function_that_does_not_know_itself_is_refused() -> None:
    """It would not know which tools it may run."""
    with pytest.raises(SetupError, match="'api' is no tool function"):
        tool_function(settings(TOOLS[0], **{Env.FUNCTION: "api"}))


def test_who_calls_whom_is_known_to_both_sides() -> None:
    """A function reads the name of each one that it calls, and calls nobody else."""
    names = {Env.GATEWAY_FUNCTION: GATEWAY.name} | {name: function.name for name, function in TOOL_FUNCTIONS.items()}
    for function in FUNCTIONS:
        assert sorted(function.calls) == sorted(names[name] for name in function.environment if name in names)


def test_the_offline_model_is_refused_where_people_expect_a_language_model() -> None:
    """Only the stack local has it."""
    with pytest.raises(SetupError, match="offline model is for the stack local"):
        api_function(settings(API, **{Env.ENVIRONMENT: "prod"}))


def test_a_model_that_cannot_be_called_is_refused() -> None:
    """At the first start, not at the first question."""
    with pytest.raises(SetupError, match="some-model"):
        api_function(settings(API, **{Env.MODEL: "some-model"}))


@pytest.mark.parametrize("function", FUNCTIONS, ids=[function.name for function in FUNCTIONS])
def test_importing_a_handler_touches_nothing(function: Function) -> None:
    """No environment is read, no client made, no boto3 loaded: a cold start does that once it has a request."""
    module = function.handler.rpartition(".")[0]
    program = f"import {module}, sys; sys.exit('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], env={}, check=False, timeout=60).returncode == 0


@pytest.mark.parametrize(
    ("function", "event"),
    [
        (GATEWAY, {"tool": "query", "arguments": {"statement": "SELECT 1"}}),
        *((function, {"tool": function.tools[0], "arguments": {}}) for function in TOOLS),
    ],
    ids=lambda value: value.name if isinstance(value, Function) else "",
)
def test_an_invocation_writes_what_it_measured(
    function: Function, event: dict[str, object], capsys: pytest.CaptureFixture[str], read_emf: Read
) -> None:
    """On stdout, into the stack's namespace: a token that is none is counted, and a decision that nobody keeps.

    Nothing answers where the audit should be, so not even the refusal is told.
    """
    answer = MAKES[function.name](settings(function))
    reply = answer({**event, "token": "x.y.z", "deadline": 1000, "request_id": "r1"})
    assert reply["problem"]["code"] == "unavailable"
    documents = [read_emf(line) for line in capsys.readouterr().out.splitlines()]
    assert [document["code"] for document in documents if document.get("sign_in_refusals") == 1] == ["unauthenticated"]
    assert [document["audit_failures"] for document in documents if "audit_failures" in document] == [1]
    directives = [directive for document in documents for directive in document["_aws"]["CloudWatchMetrics"]]
    assert {directive["Namespace"] for directive in directives} == {"x"}


def event(**headers: str) -> dict[str, object]:
    """A question as API Gateway hands it on."""
    sent = {"Content-Type": "application/json", **headers}
    return {
        "resource": "/v1/ask",
        "path": "/v1/ask",
        "httpMethod": "POST",
        "requestContext": {"identity": {"sourceIp": "127.0.0.1"}},
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "body": json.dumps({"question": "?"}),
        "isBase64Encoded": False,
    }


def test_the_api_writes_what_it_measured(capsys: pytest.CaptureFixture[str], read_emf: Read) -> None:
    """The same behind API Gateway."""
    answer = api_function(settings(API))(event(), None)
    assert answer["statusCode"] == 503
    documents = [read_emf(line) for line in capsys.readouterr().out.splitlines()]
    assert sum(document.get("sign_in_refusals", 0) for document in documents) == 1
    assert sum(document.get("audit_failures", 0) for document in documents) == 1


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("https://planning.example.com", True), ("https://elsewhere.example.com", False)],
)
def test_only_pages_of_the_stacks_origins_may_read_answers(origin: str, *, allowed: bool) -> None:
    """Refusals included; a page of anybody else is told nothing, and no page at all where the stack names none."""
    function = api_function(settings(API, **{Env.ORIGINS: "https://planning.example.com https://b.example.com"}))
    headers = dict(function(event(Origin=origin), None)["headers"])
    assert headers.get("access-control-allow-origin") == (origin if allowed else None)
    assert "access-control-allow-credentials" not in headers
    silent = api_function(settings(API))(event(Origin=origin), None)["headers"]
    assert "access-control-allow-origin" not in silent

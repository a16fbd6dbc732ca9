"""Putting the deployed functions together: all settings or a refusal, and nothing before they are called."""

from __future__ import annotations

import subprocess
import sys

import pytest

from agents.bootstrap.api_function import api_function
from agents.bootstrap.gateway_function import gateway_function
from agents.contract import API, FUNCTIONS, GATEWAY, Env, Function
from agents.errors import SetupError


def settings(function: Function, **changed: str) -> dict[str, str]:
    values = dict.fromkeys(function.environment, "x")
    known = {Env.JWKS_URL: "http://127.0.0.1:9/keys", Env.MODEL: "offline", Env.ENVIRONMENT: "local", Env.AS_OF: ""}
    return {name: (known | changed).get(name, value) for name, value in values.items()}


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.mark.parametrize("make", [api_function, gateway_function])
def test_every_missing_variable_is_named_at_once(make: object) -> None:
    """A function that was deployed without its environment says what lacks."""
    with pytest.raises(SetupError, match=r"lacks QM_ENVIRONMENT, QM_TENANT, .*QM_JWKS_URL"):
        make({})  # type: ignore[operator]  # either of the two


def test_the_functions_start_with_what_the_contract_lists() -> None:
    """No variable beside those is read: another one in the environment changes nothing."""
    assert callable(api_function(settings(API)))
    assert callable(gateway_function(settings(GATEWAY)))


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

"""What `lambda-no-secret-variables` sees beyond its examples."""

from __future__ import annotations

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policies.rules._resource import Found, NotEvaluated, Resource
from policies.rules.lambda_.no_secret_variables import no_secret_variables

KEY = "AKIA" + "IOSFODNN7EXAMPLE"  # in two parts, so that no scanner of this repository takes it for one


def found(**variables: str) -> list[object]:
    function = Resource(
        type="aws:lambda/function:Function",
        name="api",
        urn="urn",
        properties=unknown_checking_proxy({"environment": {"variables": variables}}),
        config={"allowed": []},
    )
    return list(no_secret_variables.check(function))  # type: ignore[arg-type]  # it is a rule about one resource


@pytest.mark.parametrize(
    "value",
    [
        KEY,
        f"id={KEY}",
        "-----BEGIN RSA PRIVATE KEY-----\nabc",
        "ghp_" + "a" * 36,
        "xoxb-123456789012",
        "sk-ant-" + "a" * 24,
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "postgres://admin:hunter2@db/qm",
    ],
)
def test_a_value_that_looks_like_a_key_is_found_whatever_its_name(value: str) -> None:
    """The message names the variable and never has the value."""
    (one,) = found(HARMLESS=value)
    assert isinstance(one, Found)
    assert one.what == "HARMLESS"
    assert value not in one.message


@pytest.mark.parametrize(
    "value", ["qm-conversation-prod", "https://cognito-idp.us-east-1.amazonaws.com/pool", "a" * 64]
)
def test_ordinary_values_are_no_secrets(value: str) -> None:
    """Names, URLs without a user and digests."""
    assert found(QM_VALUE=value) == []


def test_an_output_under_an_ordinary_name_is_not_suspected() -> None:
    """Only a name that says secret makes an unknown value worth asking about."""
    assert found(QM_ISSUER=UNKNOWN_STRING_VALUE) == []
    assert found(DB_PASSWORD=UNKNOWN_STRING_VALUE) == [NotEvaluated("environment.variables.DB_PASSWORD")]

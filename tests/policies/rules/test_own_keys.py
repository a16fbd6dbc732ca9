"""Whose key it is."""

from __future__ import annotations

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policies.rules._own_keys import own_key
from policies.rules._resource import Resource

KEY = "arn:aws:kms:us-east-1:000000000000:key/1"


def said(properties: dict[str, object]) -> list[str]:
    urn = "urn:pulumi:dev::quartermaster::a::one"
    return list(own_key(Resource(type="a", name="one", urn=urn, properties=unknown_checking_proxy(properties)), "key"))


@pytest.mark.parametrize(
    "key", [KEY, "alias/qm-data-dev", "arn:aws:kms:us-east-1:000000000000:alias/qm", UNKNOWN_STRING_VALUE]
)
def test_a_key_of_ours_is_good(key: str) -> None:
    """By ARN or alias; one that is made with the resource is not known yet, and ours."""
    assert said({"key": key}) == []


@pytest.mark.parametrize("key", ["alias/aws/sns", "arn:aws:kms:us-east-1:000000000000:alias/aws/sqs"])
def test_a_key_of_aws_is_not_ours(key: str) -> None:
    """It lets in everybody of the account, and no other account's service."""
    assert said({"key": key}) == ["key is a key that AWS manages for everybody in the account"]


@pytest.mark.parametrize("properties", [{}, {"key": ""}, {"key": KEY, "__defaults": ["key"]}])
def test_no_key_is_none(properties: dict[str, object]) -> None:
    """Also one that the provider filled in."""
    assert said(properties) == ["key is not set"]

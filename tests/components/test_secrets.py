"""Secrets of the agents are made empty, for this account only."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from components.arns import Arns
from components.secrets import recovery_days, secret_policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from delivery.recorder import Recording

ARNS = Arns(region="us-east-1", account="123456789012")
SECRET = "aws:secretsmanager/secret:Secret"
POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"
PROGRAM = """
from components.secrets import Secrets, SecretsArgs

Secrets(
    "secrets",
    SecretsArgs(
        names=names, arns=arns, key="arn:key", agents=AGENTS, keep=KEEP, disposable=False,
    ),
    opts,
)
"""


def recorded(program: Callable[..., Recording], *agents: str, keep: bool = False) -> Recording:
    return program(PROGRAM.replace("AGENTS", repr(list(agents))).replace("KEEP", str(keep)))


@pytest.mark.parametrize("agents", [(), ("carrier_api_key", "mail_password")])
def test_the_layer_has_exactly_its_children(program: Callable[..., Recording], agents: tuple[str, ...]) -> None:
    """Each secret has a policy."""
    recording = recorded(program, *agents)
    kinds = Counter(one.type for one in recording.registrations if one.parent.endswith("::secrets"))
    assert kinds == (Counter({SECRET: len(agents), POLICY: len(agents)}) if agents else {})
    assert any(urn.endswith("::secrets") for urn in recording.completed)


@pytest.mark.must_have("secrets", "No value is in the program or in its state: secrets are made empty")
def test_secrets_are_made_empty(program: Callable[..., Recording]) -> None:
    """Their values come from people."""
    recording = recorded(program, "carrier_api_key")
    assert not [one for one in recording.registrations if "secretVersion" in one.type]
    names = {one.values["name"] for one in recording.of_type(SECRET)}
    assert names == {"qm/dev/agents/carrier_api_key"}
    assert {one.values["kmsKeyId"] for one in recording.of_type(SECRET)} == {"arn:key"}


@pytest.mark.must_have("secrets", "Nobody outside the account reads a secret, whatever its policies say")
def test_a_secret_is_for_this_account_only() -> None:
    """Denied to every other account and without TLS."""
    rules = {rule["Sid"]: rule for rule in json.loads(secret_policy(ARNS))["Statement"]}
    assert {rule["Effect"] for rule in rules.values()} == {"Deny"}
    assert rules["ThisAccountOnly"]["Condition"] == {
        "StringNotEquals": {"aws:PrincipalAccount": "123456789012"},
        "Bool": {"aws:PrincipalIsAWSService": "false"},
    }
    assert rules["TlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(("keep", "disposable", "days"), [(True, False, 30), (False, False, 7), (False, True, 0)])
def test_a_deleted_secret_can_be_had_back(keep: bool, disposable: bool, days: int) -> None:  # noqa: FBT001 - a case
    """A month in production; not at all where the stack is thrown away and made again under the same name."""
    assert recovery_days(keep=keep, disposable=disposable) == days


@pytest.mark.parametrize("keep", [False, True])
def test_secrets_that_are_kept_are_hard_to_lose(program: Callable[..., Recording], keep: bool) -> None:  # noqa: FBT001 - a case
    """Protected and retained in production."""
    for secret in recorded(program, "carrier_api_key", keep=keep).of_type(SECRET):
        assert (secret.protect, secret.retain) == (keep, keep)

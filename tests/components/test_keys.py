"""One key a purpose, and who may use each."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from components import iam
from components.arns import Arns
from components.key_policies import (
    AUDIT,
    BACKUP,
    DATA,
    DELEGATION,
    LOGS,
    MESSAGES,
    SECRETS,
    key_policy,
    policy_of_yours,
    signing_key_policy,
)
from components.naming import Names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from delivery.recorder import Recording, Registration

ARNS = Arns(region="us-east-1", account="123456789012")
NAMES = Names(prefix="qm", environment="dev", account=ARNS.account, region=ARNS.region)
PURPOSES = (DATA, LOGS, SECRETS, MESSAGES, BACKUP)
PAIRS = (AUDIT, DELEGATION)
YOURS = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"
PROGRAM = """
from components.keys import Keys, KeysArgs

keys = Keys("keys", KeysArgs(names=names, arns=arns, {args}), opts)
"""


def rules(purpose: str, trail: str = "") -> list[dict[str, object]]:
    found = json.loads(key_policy(ARNS, NAMES, purpose, trail))["Statement"]
    assert isinstance(found, list)
    return found


def services(purpose: str, trail: str = "") -> Iterator[tuple[str, dict[str, object]]]:
    for rule in rules(purpose, trail):
        principal = rule["Principal"]
        assert isinstance(principal, dict)
        if "Service" in principal:
            yield principal["Service"], rule


def children(recording: Recording) -> Counter[str]:
    return Counter(one.type for one in recording.registrations if one.parent.endswith("::keys"))


@pytest.mark.must_have("keys", "One rotating key a purpose, each with an alias known before the key is")
@pytest.mark.parametrize(("backup", "count"), [(False, 4), (True, 5)])
def test_each_purpose_has_its_key(program: Callable[..., Recording], backup: bool, count: int) -> None:  # noqa: FBT001 - a case
    """Data, logs, secrets and messages; backups where there are any. What signs is another kind of key."""
    recording = program(PROGRAM.format(args=f"keep=False, backup={backup}"))
    assert children(recording) == {KEY: count + len(PAIRS), ALIAS: count + len(PAIRS)}
    purposes = (*PURPOSES[:count], *PAIRS)
    assert {one.name for one in recording.of_type(KEY)} == {f"keys-{one}" for one in purposes}
    assert {one.values["name"] for one in recording.of_type(ALIAS)} == {f"alias/qm-{one}-dev" for one in purposes}
    assert all(one.values["enableKeyRotation"] for one in encrypting(recording))
    assert all(one.urn in recording.completed for one in recording.of_type("quartermaster:keys:Keys"))


def encrypting(recording: Recording) -> list[Registration]:
    return [one for one in recording.of_type(KEY) if one.name.removeprefix("keys-") not in PAIRS]


@pytest.mark.must_have("keys", "Heads and delegations are signed with a key pair each, which no code ever holds")
def test_what_signs_is_a_pair(program: Callable[..., Recording]) -> None:
    """ECDSA over P-256: whoever verifies needs the public half only. KMS rotates no pair by itself."""
    recording = program(PROGRAM.format(args="keep=False"))
    pairs = [one.values for one in recording.of_type(KEY) if one.name.removeprefix("keys-") in PAIRS]
    assert len(pairs) == len(PAIRS)
    for values in pairs:
        assert (values["customerMasterKeySpec"], values["keyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
        assert "enableKeyRotation" not in values


@pytest.mark.must_have("keys", "A key pair signs for its function's role only, whatever IAM allows anybody else")
@pytest.mark.parametrize(("purpose", "role"), [(AUDIT, "qm-worker-dev"), (DELEGATION, "qm-api-dev")])
def test_only_its_signers_sign(purpose: str, role: str) -> None:
    """Everybody of the account whom IAM lets may verify, and nobody may encrypt, or hand the key on."""
    found = {rule["Sid"]: rule for rule in json.loads(signing_key_policy(ARNS, NAMES, purpose))["Statement"]}
    signs = {sid for sid, rule in found.items() if "kms:Sign" in rule["Action"]}
    assert signs == {"SignersSign"}
    assert found["SignersSign"]["Condition"] == {
        "ArnEquals": {"aws:PrincipalArn": [f"arn:aws:iam::123456789012:role/{role}-us-east-1"]}
    }
    assert found["AccountVerifies"]["Action"] == ["kms:GetPublicKey", "kms:Verify"]
    actions = {action for rule in found.values() for action in rule["Action"]}
    assert not [action for action in actions if "*" in action or "Grant" in action or "crypt" in action]
    assert "kms:PutKeyPolicy" in actions  # or nobody could ever mend it


@pytest.mark.must_have("keys", "Production's keys are protected, stay when they leave the program, and wait 30 days")
@pytest.mark.parametrize(("keep", "days"), [(False, 7), (True, 30)])
def test_keys_that_are_kept_are_hard_to_lose(program: Callable[..., Recording], keep: bool, days: int) -> None:  # noqa: FBT001 - a case
    """What a lost key encrypted is lost with it."""
    recording = program(PROGRAM.format(args=f"keep={keep}"))
    for one in (*recording.of_type(KEY), *recording.of_type(ALIAS)):
        assert (one.protect, one.retain) == (keep, keep)
    assert {one.values["deletionWindowInDays"] for one in recording.of_type(KEY)} == {days}


@pytest.mark.must_have("keys", "What a key encrypts waits for the alias by which roles may use it")
def test_what_a_key_encrypts_waits_for_its_alias(recorded: Callable[[str], Recording]) -> None:
    """Else a first call could come before the name that its role's document asks for."""
    (function,) = [one for one in recorded("prod").registrations if one.name == "runtime-api"]
    waits = {urn.rpartition("::")[2] for urn in function.property_dependencies["kmsKeyArn"]}
    assert waits == {"keys-data-alias"}


@pytest.mark.must_have("keys", "A key of yours encrypts for every purpose, and none is made for that")
def test_a_key_of_yours_takes_every_purpose(program: Callable[..., Recording]) -> None:
    """Roles name its ARN. It cannot sign, so the key pairs are made all the same."""
    recording = program(PROGRAM.format(args=f"keep=True, existing={YOURS!r}, backup=True"))
    assert children(recording) == {KEY: len(PAIRS), ALIAS: len(PAIRS)}
    assert not encrypting(recording)
    (stack,) = recording.of_type("pulumi:pulumi:Stack")
    assert stack.urn in recording.completed


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_key_policy_lists_what_it_allows(purpose: str) -> None:
    """No `kms:*`; whoever is not administering uses the key through a service or as one, for what is ours."""
    for rule in rules(purpose, "qm-audit-dev"):
        actions = rule["Action"]
        assert isinstance(actions, list)
        assert not [action for action in actions if "*" in action]
        assert "Condition" in rule or rule["Sid"] == "AccountAdministers"


@pytest.mark.must_have("keys", "A service that acts by itself may only for resources of this stack's account")
@pytest.mark.parametrize(
    ("purpose", "expected"),
    [
        (DATA, set()),
        (SECRETS, set()),
        (BACKUP, set()),
        (LOGS, {"logs.us-east-1.amazonaws.com", "cloudtrail.amazonaws.com"}),
        (MESSAGES, {"cloudwatch.amazonaws.com", "budgets.amazonaws.com"}),
    ],
)
def test_services_are_held_to_the_account(purpose: str, expected: set[str]) -> None:
    """Every condition of a service names the account, so that nobody else's resource can borrow the key."""
    found = list(services(purpose, "qm-audit-dev"))
    assert {name for name, _ in found} == expected
    for _, rule in found:
        assert rule["Condition"]
        assert ARNS.account in json.dumps(rule["Condition"])


def test_only_a_trail_that_there_is_may_use_the_logs_key() -> None:
    """Without a trail CloudTrail is not named; with one, only that trail."""
    assert "cloudtrail.amazonaws.com" not in {name for name, _ in services(LOGS)}
    trails = [rule["Condition"] for name, rule in services(LOGS, "qm-audit-dev") if name.startswith("cloudtrail")]
    arn = "arn:aws:cloudtrail:us-east-1:123456789012:trail/qm-audit-dev"
    assert trails == [{"ArnLike": {"aws:SourceArn": [arn]}}] * 2


def test_log_groups_of_this_environment_only() -> None:
    """Groups of the services, and those of a WAF, whose names begin in another way."""
    ((_, rule),) = services(LOGS)
    start = "arn:aws:logs:us-east-1:123456789012:log-group:"
    context = "kms:EncryptionContext:aws:logs:arn"
    assert rule["Condition"] == {
        "ArnLike": {context: [f"{start}/aws/*/qm-*-dev", f"{start}aws-waf-logs-qm-*-dev"]},
        "ArnNotLike": {context: [f"{start}/aws/*/qm-*-*-dev", f"{start}aws-waf-logs-qm-*-*-dev"]},
    }


def test_the_account_uses_a_key_through_the_services_that_hold_what_it_encrypts() -> None:
    """A role that may decrypt everything still cannot decrypt a secret through S3."""
    through = {
        purpose: rule["Condition"] for purpose in PURPOSES for rule in rules(purpose) if rule["Sid"] == "AccountUses"
    }
    assert through[SECRETS] == {"StringEquals": {"kms:ViaService": ["secretsmanager.us-east-1.amazonaws.com"]}}
    assert len({json.dumps(one) for one in through.values()}) == len(PURPOSES)


def test_roles_name_a_key_by_alias_or_by_its_arn() -> None:
    """One statement covers several purposes; a key of yours is named itself."""
    made = iam.uses_key(ARNS, "qm-data-dev", "qm-secrets-dev")
    assert made.resources == ("arn:aws:kms:us-east-1:123456789012:key/*",)
    assert made.condition == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/qm-data-dev", "alias/qm-secrets-dev"]}
    }
    assert iam.uses_key(ARNS, YOURS, YOURS).resources == (YOURS,)
    assert iam.uses_key(ARNS, YOURS, YOURS).condition == {}


@pytest.mark.parametrize(
    ("region", "through"),
    [("us-gov-west-1", "s3.us-gov-west-1.amazonaws.com"), ("cn-north-1", "s3.cn-north-1.amazonaws.com.cn")],
)
def test_services_are_named_as_the_partition_names_them(region: str, through: str) -> None:
    """A key of China's that names `amazonaws.com` would let nobody in."""
    assert through in key_policy(ARNS.elsewhere(region), NAMES.elsewhere(region), LOGS)


def test_a_key_of_yours_needs_what_all_of_ours_allow_together() -> None:
    """But for who administers it: every statement of the five policies, each through all of their services."""
    yours = {
        rule["Sid"]: rule for rule in json.loads(policy_of_yours(ARNS, NAMES, backup=True, trail="t"))["Statement"]
    }
    ours = [rule for purpose in PURPOSES for rule in rules(purpose, "t")]
    assert set(yours) == {rule["Sid"] for rule in ours} - {"AccountAdministers"}
    through = yours["AccountUses"]["Condition"]["StringEquals"]["kms:ViaService"]
    for rule in ours:
        if rule["Sid"] == "AccountUses":
            condition = rule["Condition"]
            assert isinstance(condition, dict)
            assert set(condition["StringEquals"]["kms:ViaService"]) <= set(through)
        elif rule["Sid"] not in {"AccountAdministers", "ServicesOfTheAccountKeepUsing"}:
            assert yours[rule["Sid"]] == rule

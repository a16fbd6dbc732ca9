"""Backups are taken every day, kept from everybody, copied, and brought back to prove it."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from components import iam
from components.arns import Arns
from components.backup import vault_policy
from components.backup_grants import BackedUp, brings_back, takes_backups, tries_bringing_back

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from delivery.recorder import Recording, Registration

ARNS = Arns(region="us-east-1", account="123456789012")
ESTATE = BackedUp(
    arns=ARNS,
    tables=["qm-configuration-dev"],
    buckets=["qm-data-dev"],
    keys=["qm-data-dev", "qm-backup-dev"],
    vaults=[ARNS.backup_vault("qm-daily-dev"), ARNS.elsewhere("us-west-2").backup_vault("qm-daily-dev")],
    copy_arns=ARNS.elsewhere("us-west-2"),
    copy_key="qm-backup-dev",
)
KEY = "aws:kms/key:Key"
VAULT = "aws:backup/vault:Vault"
LOCK = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
ALWAYS = {
    VAULT: 1,
    LOCK: 1,
    "aws:backup/vaultPolicy:VaultPolicy": 1,
    "aws:backup/plan:Plan": 1,
    "aws:backup/selection:Selection": 1,
    "aws:iam/role:Role": 2,
    "aws:iam/rolePolicy:RolePolicy": 2,
}
TESTS = {
    "aws:iam/role:Role": 3,
    "aws:iam/rolePolicy:RolePolicy": 3,
    "aws:backup/restoreTestingPlan:RestoreTestingPlan": 1,
    "aws:backup/restoreTestingSelection:RestoreTestingSelection": 2,
}
COPY = {
    VAULT: 2,
    LOCK: 2,
    "aws:backup/vaultPolicy:VaultPolicy": 2,
    KEY: 1,
    "aws:kms/alias:Alias": 1,
}
PROGRAM = """
from components.backup import Backup, BackupArgs, Copy

there = aws.Provider("aws-copy", region="us-west-2", allowed_account_ids=[names.account], default_tags={"tags": tags})
Backup(
    "backup",
    BackupArgs(
        names=names, arns=arns, key="arn:key", keys=["qm-data-dev", "qm-backup-dev"],
        tables=["qm-configuration-dev"], buckets=["qm-data-dev"], retention_days=DAYS, boundary="",
        keep=KEEP, disposable=DISPOSABLE, copy=Copy(region="us-west-2", provider=there) if COPY else None,
    ),
    opts,
)
"""


def recorded(
    program: Callable[..., Recording],
    *,
    keep: bool = False,
    disposable: bool = False,
    copy: bool = False,
    days: int = 14,
) -> Recording:
    source = PROGRAM
    for word, value in {"KEEP": keep, "DISPOSABLE": disposable, "COPY": copy, "DAYS": days}.items():
        source = source.replace(word, str(value))
    return program(source)


def children(recording: Recording) -> Counter[str]:
    return Counter(one.type for one in recording.registrations if one.parent.endswith("::backup"))


def named(recording: Recording, name: str) -> Registration:
    return next(one for one in recording.registrations if one.name == name)


def rule(recording: Recording) -> Mapping[str, object]:
    rules = named(recording, "backup-plan").values["rules"]
    assert isinstance(rules, list)
    (only,) = rules
    assert isinstance(only, dict)
    return only


@pytest.mark.parametrize(
    ("keep", "disposable", "copy", "expected"),
    [
        (False, True, False, ALWAYS),
        (False, False, False, ALWAYS | TESTS),
        (True, False, True, ALWAYS | TESTS | COPY),
    ],
)
def test_the_layer_has_exactly_its_children(
    program: Callable[..., Recording],
    keep: bool,  # noqa: FBT001 - a case
    disposable: bool,  # noqa: FBT001 - a case
    copy: bool,  # noqa: FBT001 - a case
    expected: dict[str, int],
) -> None:
    """Nobody needs proof of backups that are thrown away; a copy has a vault and a key of its own."""
    recording = recorded(program, keep=keep, disposable=disposable, copy=copy)
    assert children(recording) == expected
    assert named(recording, "backup").urn in recording.completed


@pytest.mark.must_have(
    "backup", "A backup a day of all tables and of the data and audit buckets, kept as the stack says"
)
def test_every_day_of_everything(program: Callable[..., Recording]) -> None:
    """What is backed up is named, not tagged: a lost tag would end it silently."""
    recording = recorded(program, days=30)
    assert rule(recording)["schedule"] == "cron(0 3 * * ? *)"
    assert rule(recording)["lifecycle"] == {"deleteAfter": 30}
    selection = named(recording, "backup-selection").values
    assert selection["resources"] == [ARNS.table("qm-configuration-dev"), ARNS.bucket("qm-data-dev")]
    assert "selectionTags" not in selection


@pytest.mark.must_have(
    "backup", "The vault is locked: in production for good, elsewhere until somebody deletes the lock"
)
@pytest.mark.parametrize(("keep", "days", "least"), [(False, 14, 7), (False, 3, 3), (True, 30, 7)])
def test_the_vault_is_locked(program: Callable[..., Recording], keep: bool, days: int, least: int) -> None:  # noqa: FBT001 - a case
    """The bounds let the plan's own retention in, and nothing that never ends."""
    recording = recorded(program, keep=keep, days=days)
    lock = named(recording, "backup-vault-lock")
    assert lock.values.get("changeableForDays") == (3 if keep else None)
    assert (lock.values["minRetentionDays"], lock.values["maxRetentionDays"]) == (least, 365)
    vault = named(recording, "backup-vault")
    assert (vault.protect, vault.retain, lock.protect, lock.retain) == (keep,) * 4


@pytest.mark.must_have("backup", "Nobody deletes a backup or changes how long it is kept")
def test_backups_stay() -> None:
    """The vault's own policy denies it to everybody, whatever IAM allows."""
    (statement,) = json.loads(vault_policy())["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert {"backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"} < set(statement["Action"])
    assert "Condition" not in statement
    # A restore, and the test of one, read backups; and the plan fills the vault and copies from it.
    needed = {"backup:GetRecoveryPointRestoreMetadata", "backup:StartRestoreJob", "backup:DescribeRecoveryPoint"}
    taken = {action for one in takes_backups(ESTATE) for action in one.actions}
    assert not (needed | taken) & set(statement["Action"])


@pytest.mark.must_have("backup", "In production a second copy lies in another region, under a key of that region")
def test_the_copy_lies_elsewhere(program: Callable[..., Recording]) -> None:
    """Everything of the copy is made by that region's provider; the plan names the vault there."""
    recording = recorded(program, keep=True, copy=True)
    there = named(recording, "aws-copy").urn
    made_there = {one.name for one in recording.registrations if one.provider == there}
    assert made_there == {
        "backup-copy-key",
        "backup-copy-key-alias",
        "backup-copy-vault",
        "backup-copy-vault-policy",
        "backup-copy-vault-lock",
    }
    actions = rule(recording)["copyActions"]
    assert isinstance(actions, list)
    assert [action["destinationVaultArn"] for action in actions] == [
        "arn:aws:backup:us-west-2:123456789012:backup-vault:qm-daily-dev"
    ]
    policy = str(named(recording, "backup-copy-key").values["policy"])
    assert "backup.us-west-2.amazonaws.com" in policy
    assert "us-east-1" not in policy
    assert "us-west-2" in str(named(recording, "backup-take-policy").values["policy"])


@pytest.mark.must_have("backup", "Once a week the newest backup of each is brought back, outside throw-away stacks")
def test_backups_are_proven(program: Callable[..., Recording]) -> None:
    """By the role that may restore, from our vault, and under names that the service takes."""
    recording = recorded(program)
    plan = named(recording, "backup-restore-test").values
    assert plan["name"] == "qm_weekly_dev"
    chosen = plan["recoveryPointSelection"]
    assert isinstance(chosen, dict)
    assert chosen["includeVaults"] == [ARNS.backup_vault("qm-daily-dev")]
    tested = {
        one.values["protectedResourceType"]: one.values["protectedResourceArns"]
        for one in recording.of_type("aws:backup/restoreTestingSelection:RestoreTestingSelection")
    }
    assert tested == {"DynamoDB": [ARNS.table("qm-configuration-dev")], "S3": [ARNS.bucket("qm-data-dev")]}


def test_what_is_disposable_can_be_destroyed_with_its_backups(program: Callable[..., Recording]) -> None:
    """The vault of a preview environment is emptied when it goes; no other is."""
    assert named(recorded(program, disposable=True), "backup-vault").values["forceDestroy"] is True
    assert "forceDestroy" not in named(recorded(program), "backup-vault").values


@pytest.mark.must_have(
    "backup", "AWS Backup acts by roles of ours, for this account: one takes, one restores, one tests"
)
def test_the_roles_are_narrow(program: Callable[..., Recording]) -> None:
    """No managed policy; what takes backups writes no data, what brings them back takes none, a test meets neither."""
    recording = recorded(program)
    for role in recording.of_type("aws:iam/role:Role"):
        (trust,) = json.loads(str(role.values["assumeRolePolicy"]))["Statement"]
        assert trust["Principal"] == {"Service": "backup.amazonaws.com"}
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ARNS.account}}
        assert "managedPolicyArns" not in role.values
    taking = {action for statement in takes_backups(ESTATE) for action in statement.actions}
    assert not {"s3:PutObject", "s3:DeleteObject", "dynamodb:PutItem", "dynamodb:DeleteItem"} & taking
    assert not {one for one in taking if one.startswith("backup:Delete")}
    bringing = {action for statement in brings_back(ESTATE) for action in statement.actions}
    assert "dynamodb:StartAwsBackupJob" not in bringing
    ours = {
        *map(ARNS.table, ESTATE.tables),
        *map(ARNS.bucket, ESTATE.buckets),
        *(f"{ARNS.bucket(one)}/*" for one in ESTATE.buckets),
    }
    for statement in tries_bringing_back(ESTATE):
        assert not ours & set(statement.resources)
        if not statement.actions[0].startswith("kms:"):
            assert all("awsbackup-restore-test-*" in arn for arn in statement.resources)
    tables = [one.resources for one in brings_back(ESTATE) if one.sid == "RestoresTables"]
    assert not [arn for arns in tables for arn in arns if "awsbackup" in arn]


def test_a_restore_test_can_do_what_a_restore_does(program: Callable[..., Recording]) -> None:
    """Else it proves nothing: the same actions, under the same keys, and a bucket to restore into besides."""

    def actions(statements: tuple[iam.Statement, ...]) -> set[str]:
        return {action for one in statements for action in one.actions}

    more = actions(tries_bringing_back(ESTATE)) - actions(brings_back(ESTATE))
    assert more == {"s3:CreateBucket", "s3:PutBucketOwnershipControls", "s3:PutBucketVersioning"}
    assert actions(brings_back(ESTATE)) < actions(tries_bringing_back(ESTATE))
    keys = [one for one in brings_back(ESTATE) if one.actions[0].startswith("kms:")]
    assert [one for one in tries_bringing_back(ESTATE) if one in keys] == keys
    recording = recorded(program)
    role = named(recording, "backup-test-role")
    for one in recording.of_type("aws:backup/restoreTestingSelection:RestoreTestingSelection"):
        assert one.property_dependencies["iamRoleArn"] == (role.urn,)
        assert named(recording, "backup-test-policy").urn in one.dependencies


@pytest.mark.parametrize("statements", [takes_backups(ESTATE), brings_back(ESTATE), tries_bringing_back(ESTATE)])
def test_grants_name_actions_and_what_they_are_for(statements: tuple[iam.Statement, ...]) -> None:
    """No action with a wildcard; everything on everything only where AWS takes no resource; keys by alias."""
    everything = {statement.sid for statement in statements if "*" in statement.resources}
    assert everything <= {"Looks"}
    assert not [action for statement in statements for action in statement.actions if "*" in action]
    assert len({statement.sid for statement in statements}) == len(statements)
    for statement in statements:
        if any(action.startswith("kms:") for action in statement.actions):
            assert "kms:ResourceAliases" in json.dumps(statement.condition)
    assert len(iam.document(statements)) < 10_240 * 0.9, "IAM takes 10,240 characters of a role's own policies"


def test_every_document_is_complete_in_a_plan(program: Callable[..., Recording]) -> None:
    """Names are known before anything is, so policies can be checked in a pull request."""
    recording = recorded(program, keep=True, copy=True)
    documents = [one.values["policy"] for one in recording.registrations if "policy" in one.values]
    assert len(documents) == 3 + 2 + 1, "roles, vaults, the key of the copy"
    assert all(json.loads(str(one))["Statement"] for one in documents)


def test_people_restore_a_table_beside_the_one_there_is() -> None:
    """DynamoDB restores to a new table: of the same name when the old one is gone, else `-restored...`."""
    (tables,) = [statement for statement in brings_back(ESTATE) if statement.sid == "RestoresTables"]
    assert tables.resources == (
        ARNS.table("qm-configuration-dev"),
        ARNS.table("qm-configuration-dev-restored*"),
    )

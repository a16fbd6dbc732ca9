"""Backups every day into a vault that nobody empties, in production a second time in another region, and proof.

**The lock.** Outside production the lock is in governance mode: whoever may delete the lock can then delete the vault.
In production it is in compliance mode: three days after it was made **nobody can take it off again, not the account's
root user and not AWS**. Until its days are over no backup can be deleted, shortened or moved, and each is paid for; a
vault goes only when its last backup has gone. Within the three days `aws backup delete-backup-vault-lock-configuration`
takes it off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from .backup_grants import BackedUp, brings_back, takes_backups, tries_bringing_back
from .key_policies import BACKUP
from .keys import KeyArgs, make_key
from .naming import Kind
from .resource_policies import Rule, document
from .restore_tests import RestoreTestArgs, prove_restores
from .roles import RoleArgs, make_role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .arns import Arns
    from .iam import Statement
    from .naming import Names

_SERVICE: Final = "backup.amazonaws.com"
_DAILY: Final = "cron(0 3 * * ? *)"  # UTC
_START_MINUTES: Final = 60
_COMPLETION_MINUTES: Final = 720
_GRACE_DAYS: Final = 3  # the least that AWS takes before compliance is for good
# Bounds of what the lock lets in: a plan may not shorten a backup below a week, nor make one that never ends,
# which in compliance mode would be paid for for ever.
_LEAST_DAYS: Final = 7
_MOST_DAYS: Final = 365


def vault_policy() -> str:
    """Nobody deletes a backup before its time, or changes when that is; the plan's own expiry asks nobody."""
    kept = Rule(
        sid="BackupsStay",
        denies=True,
        principal="*",
        actions=(
            "backup:DeleteRecoveryPoint",
            "backup:DisassociateRecoveryPoint",
            "backup:UpdateRecoveryPointLifecycle",
        ),
    )
    return document((kept,))


@dataclass(frozen=True, kw_only=True)
class Copy:
    """Where the second copy of each backup goes."""

    region: str
    provider: aws.Provider


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    names: Names
    arns: Arns
    key: pulumi.Input[str]  # ARN of the key of backups
    keys: Sequence[str]  # how IAM documents name the keys of backups and of what is backed up
    tables: Sequence[str]  # physical names
    buckets: Sequence[str]  # physical names
    retention_days: int
    boundary: str  # ARN of the permissions boundary of the roles; empty: none
    keep: bool  # protect, retain and lock for good: production
    disposable: bool  # destroying the stack may destroy the backups; nobody needs proof of them
    copy: Copy | None


class Backup(pulumi.ComponentResource):
    """A locked vault, a daily plan for tables and buckets, their copies elsewhere, and a weekly restore of each."""

    vault: str  # name
    restore_role: str  # ARN, for people who restore

    def __init__(self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:backup:Backup", name, {}, opts)
        self.vault = args.names.name(Kind.BACKUP_VAULT, "daily")
        child = pulumi.ResourceOptions(parent=self)
        vault = self._vault(f"{name}-vault", args, args.key, child)
        ready, estate = [vault], self._estate(args)
        if args.copy:
            ready.append(self._copy_vault(name, args, args.copy))
        role, policy = make_role(
            f"{name}-take",
            self._role(args, "backup", "AWS Backup takes backups of tables and buckets", takes_backups(estate)),
            child,
        )
        plan = self._plan(name, args, pulumi.ResourceOptions(parent=self, depends_on=ready))
        aws.backup.Selection(
            f"{name}-selection",
            name=args.names.name(Kind.BACKUP_SELECTION, "daily"),
            plan_id=plan.id,
            iam_role_arn=role.arn,
            resources=[*map(args.arns.table, args.tables), *map(args.arns.bucket, args.buckets)],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        make_role(
            f"{name}-restore",
            self._role(args, "restore", "AWS Backup brings backups back, for people", brings_back(estate)),
            child,
        )
        self.restore_role = args.arns.role(args.names.name(Kind.ROLE, "restore"))
        if not args.disposable:
            tester, allowed = make_role(
                f"{name}-test",
                self._role(args, "restoretest", "AWS Backup tries bringing back", tries_bringing_back(estate)),
                child,
            )
            prove_restores(
                f"{name}-restore-test",
                RestoreTestArgs(
                    names=args.names,
                    vault=args.arns.backup_vault(self.vault),
                    window_days=min(_LEAST_DAYS, args.retention_days),
                    role=tester.arn,
                    tables=[*map(args.arns.table, args.tables)],
                    buckets=[*map(args.arns.bucket, args.buckets)],
                ),
                pulumi.ResourceOptions(parent=self, depends_on=[allowed, vault]),
            )
        self.register_outputs({"vault": self.vault, "restore_role": self.restore_role})

    def _estate(self, args: BackupArgs) -> BackedUp:
        copy_arns = args.arns.elsewhere(args.copy.region) if args.copy else None
        vaults = [where.backup_vault(self.vault) for where in (args.arns, copy_arns) if where]
        return BackedUp(
            arns=args.arns,
            tables=args.tables,
            buckets=args.buckets,
            keys=args.keys,
            vaults=vaults,
            copy_arns=copy_arns,
            copy_key=args.names.name(Kind.ALIAS, BACKUP),
        )

    def _role(self, args: BackupArgs, purpose: str, description: str, statements: Sequence[Statement]) -> RoleArgs:
        return RoleArgs(
            names=args.names,
            arns=args.arns,
            purpose=purpose,
            description=description,
            service=_SERVICE,
            statements=statements,
            boundary=args.boundary,
        )

    def _copy_vault(self, name: str, args: BackupArgs, copy: Copy) -> aws.backup.Vault:
        """The vault in the other region, with a key that lies there: a key does not leave its region."""
        there = pulumi.ResourceOptions(parent=self, provider=copy.provider)
        key = make_key(
            f"{name}-copy-key",
            KeyArgs(
                names=args.names.elsewhere(copy.region),
                arns=args.arns.elsewhere(copy.region),
                purpose=BACKUP,
                keep=args.keep,
            ),
            there,
        )
        return self._vault(f"{name}-copy-vault", args, key, there)

    def _vault(
        self, name: str, args: BackupArgs, key: pulumi.Input[str], opts: pulumi.ResourceOptions
    ) -> aws.backup.Vault:
        kept = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=args.keep, retain_on_delete=args.keep))
        vault = aws.backup.Vault(
            name, name=self.vault, kms_key_arn=key, force_destroy=args.disposable or None, opts=kept
        )
        aws.backup.VaultPolicy(f"{name}-policy", backup_vault_name=vault.name, policy=vault_policy(), opts=opts)
        aws.backup.VaultLockConfiguration(
            f"{name}-lock",
            backup_vault_name=vault.name,
            changeable_for_days=_GRACE_DAYS if args.keep else None,
            min_retention_days=min(_LEAST_DAYS, args.retention_days),
            max_retention_days=_MOST_DAYS,
            opts=kept,
        )
        return vault

    def _plan(self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions) -> aws.backup.Plan:
        lifecycle = {"delete_after": args.retention_days}
        copies = []
        if args.copy:
            there = args.arns.elsewhere(args.copy.region).backup_vault(self.vault)
            copies = [{"destination_vault_arn": there, "lifecycle": lifecycle}]
        return aws.backup.Plan(
            f"{name}-plan",
            name=args.names.name(Kind.BACKUP_PLAN, "daily"),
            rules=[
                {
                    "rule_name": "daily",
                    "target_vault_name": self.vault,
                    "schedule": _DAILY,
                    "start_window": _START_MINUTES,
                    "completion_window": _COMPLETION_MINUTES,
                    "lifecycle": lifecycle,
                    "copy_actions": copies,
                }
            ],
            opts=opts,
        )

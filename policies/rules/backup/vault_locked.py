"""Without a lock whoever takes over the account deletes the backups first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._backups import LOCK, VAULT, VAULTS
from .._rule import Parameter, Severity, stack_rule
from .._siblings import lacking
from .._stack import Node, Together
from .._where import HERE, PROD, asked_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Member, Stack

DAILY: Final = Node(VAULT, "vault", {"name": "qm-daily-dev"})
WHOLE: Final = {"minRetentionDays": 7, "changeableForDays": 3}


def _lock(properties: dict[str, int]) -> Node:
    return Node(LOCK, "lock", properties, {"backupVaultName": "vault"})


@stack_rule(
    id="backup-vault-locked",
    title="Backup vaults are locked",
    severity=Severity.HIGH,
    fix="Add a VaultLockConfiguration with min_retention_days and, where nobody may undo it, changeable_for_days.",
    frameworks=("NIST 800-53:CP-9", "NIST 800-53:AU-9"),
    parameters={
        "stacks": PROD,
        "for_good": Parameter(default=True, description="Whether the lock must become one that nobody can remove."),
        "least_days": Parameter(1, "Shortest retention that the lock must hold, in days."),
    },
    ok=(
        Together((DAILY, _lock(WHOLE)), HERE),
        Together((DAILY, _lock({"minRetentionDays": 7})), HERE | {"for_good": False}),
        Together((DAILY, Node(LOCK, "lock", WHOLE | {"backupVaultName": "qm-daily-dev"})), HERE),
        Together((DAILY,)),
    ),
    bad=(
        Together((DAILY,), HERE),
        Together((DAILY, _lock({"minRetentionDays": 7})), HERE),
        Together((DAILY, _lock({"changeableForDays": 3})), HERE),
        Together((DAILY, _lock(WHOLE)), HERE | {"least_days": 30}),
        Together((DAILY, Node(LOCK, "lock", WHOLE | {"backupVaultName": "another"})), HERE),
    ),
)
def vault_locked(stack: Stack) -> Iterator[Answer]:
    yield from lacking(stack, VAULTS, _locks, "no lock keeps its backups as long as is asked for", asked_here)


def _locks(one: Member) -> bool:
    if one.type != LOCK or one.number("minRetentionDays") < int(one.config["least_days"]):
        return False
    return not one.config["for_good"] or one.number("changeableForDays") > 0

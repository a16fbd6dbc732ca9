"""A role that may back up may usually delete too; the vault's own policy says that nobody deletes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._backups import VAULT, VAULT_POLICY, VAULTS
from .._documents import MalformedError, statements
from .._rule import Severity, stack_rule
from .._siblings import lacking
from .._stack import Node, Together
from .._where import fits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Member, Stack

DELETES: Final = ("backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle")
DAILY: Final = Node(VAULT, "vault", {"name": "qm-daily-dev"})


def _policy(*actions: str, **change: object) -> Node:
    statement = {"Effect": "Deny", "Principal": "*", "Action": list(actions), "Resource": "*", **change}
    return Node(VAULT_POLICY, "p", {"policy": json.dumps({"Statement": [statement]})}, {"backupVaultName": "vault"})


@stack_rule(
    id="backup-vault-keeps",
    title="Policies of backup vaults deny deletion",
    severity=Severity.HIGH,
    fix=f"Add a VaultPolicy that denies everyone {' and '.join(DELETES)}.",
    sources=("aws-config:backup-recovery-point-manual-deletion-disabled",),
    frameworks=("NIST 800-53:CP-9", "NIST 800-53:AU-9"),
    ok=(
        Together((DAILY, _policy(*DELETES))),
        Together((DAILY, _policy("backup:*"))),
        Together((DAILY, _policy("backup:Delete*", "backup:UpdateRecoveryPointLifecycle"))),
    ),
    bad=(
        Together((DAILY,)),
        Together((DAILY, _policy(DELETES[0]))),
        Together((DAILY, _policy(*DELETES, Effect="Allow"))),
        Together((DAILY, _policy(*DELETES, Principal={"AWS": "arn:aws:iam::000000000000:role/a"}))),
        Together((DAILY, _policy(*DELETES, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}))),
        Together((DAILY, Node(VAULT_POLICY, "p", {"policy": "[]"}, {"backupVaultName": "vault"}))),
    ),
)
def vault_keeps(stack: Stack) -> Iterator[Answer]:
    yield from lacking(stack, VAULTS, _denies, "no policy of the vault denies everyone to delete its backups")


def _denies(one: Member) -> bool:
    try:
        denied = tuple(
            action
            for statement in statements(one, "policy")
            if not statement.allows and statement.everyone and not statement.not_principals and not statement.conditions
            for action in statement.actions
        )
    except MalformedError:
        return False
    return all(fits(action, denied) for action in DELETES)

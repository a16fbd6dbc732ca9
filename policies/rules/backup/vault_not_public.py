"""A vault whose policy lets in everyone hands a stranger every backup, to copy and restore at home."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .._backups import VAULT_POLICY
from .._resource_policies import open_to_everyone
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


def _document(effect: str, principal: object, **more: object) -> dict[str, str]:
    statement = {"Effect": effect, "Principal": principal, "Action": "backup:CopyIntoBackupVault", "Resource": "*"}
    return {"policy": json.dumps({"Statement": [statement | more]})}


@rule(
    id="backup-vault-not-public",
    title="Policies of backup vaults allow nobody unknown",
    applies_to=VAULT_POLICY,
    severity=Severity.CRITICAL,
    fix="Name the principals, or add a condition that names the account or organisation.",
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:AC-6"),
    ok=(
        {},
        _document("Deny", "*"),
        _document("Allow", {"AWS": "arn:aws:iam::000000000000:root"}),
        _document("Allow", "*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
    ),
    bad=(_document("Allow", "*"), _document("Allow", {"AWS": "*"}), {"policy": "{not json"}),
)
def vault_not_public(vault: Resource) -> Iterator[str]:
    yield from open_to_everyone(vault, "policy")

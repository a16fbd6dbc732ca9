"""A backup holds everything that the original held, so it is kept under a key that we can take away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._backups import VAULT
from .._own_keys import own_key
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="backup-vault-own-key",
    title="Backup vaults are encrypted with a customer key",
    applies_to=VAULT,
    severity=Severity.HIGH,
    fix="Set kms_key_arn.",
    sources=("FSBP:Backup.1", "checkov:CKV_AWS_166", "prowler:backup_vaults_encrypted"),
    frameworks=("NIST 800-53:SC-28", "NIST 800-53:CP-9(8)"),
    ok=({"kmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/1"},),
    bad=({},),
)
def vault_own_key(vault: Resource) -> Iterator[str]:
    yield from own_key(vault, "kmsKeyArn")

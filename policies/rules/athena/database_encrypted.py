"""What a database writes lies in S3 without a key unless the database names one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="athena-database-encrypted",
    title="Databases of Athena are encrypted with KMS",
    applies_to="aws:athena/database:Database",
    severity=Severity.MEDIUM,
    fix="Set encryption_configuration with SSE_KMS or CSE_KMS.",
    sources=("checkov:CKV_AWS_77",),
    frameworks=("NIST 800-53:SC-28",),
    ok=({"encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKey": "a"}},),
    bad=({}, {"encryptionConfiguration": {"encryptionOption": "SSE_S3"}}),
)
def database_encrypted(database: Resource) -> Iterator[str]:
    option = database.text("encryptionConfiguration.encryptionOption")
    if option not in {"SSE_KMS", "CSE_KMS"}:
        yield f"encryptionOption is {option or 'not set'}"

"""The catalogue says what data there is and how to reach it, passwords included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule
from .._where import is_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

BASE: Final = "dataCatalogEncryptionSettings"
KEY: Final = "arn:aws:kms:us-east-1:000000000000:key/1"
REST: Final = {"encryptionAtRest": {"catalogEncryptionMode": "SSE-KMS", "sseAwsKmsKeyId": KEY}}
PASSWORDS: Final = {"connectionPasswordEncryption": {"returnConnectionPasswordEncrypted": True, "awsKmsKeyId": KEY}}


@rule(
    id="glue-catalogue-encrypted",
    title="The data catalogue and its connection passwords are encrypted",
    applies_to="aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings",
    severity=Severity.HIGH,
    fix="Set encryption_at_rest to SSE-KMS, and return_connection_password_encrypted.",
    sources=(
        "checkov:CKV_AWS_94",
        "prowler:glue_data_catalogs_metadata_encryption_enabled",
        "prowler:glue_data_catalogs_connection_passwords_encryption_enabled",
    ),
    frameworks=("NIST 800-53:SC-28",),
    ok=({BASE: REST | PASSWORDS},),
    bad=(
        {},
        {BASE: REST},
        {BASE: PASSWORDS},
        {BASE: PASSWORDS | {"encryptionAtRest": {"catalogEncryptionMode": "DISABLED"}}},
        {BASE: REST | {"connectionPasswordEncryption": {"returnConnectionPasswordEncrypted": False}}},
    ),
)
def catalogue_encrypted(settings: Resource) -> Iterator[str]:
    mode = settings.text(f"{BASE}.encryptionAtRest.catalogEncryptionMode")
    if not mode.startswith("SSE-KMS"):
        yield f"catalogEncryptionMode is {mode or 'not set'}"
    if not is_on(settings, f"{BASE}.connectionPasswordEncryption.returnConnectionPasswordEncrypted"):
        yield "returnConnectionPasswordEncrypted is not on"

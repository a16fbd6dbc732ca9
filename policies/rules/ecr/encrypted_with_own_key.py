"""An image holds the code; a key of our own says who may pull it, in a second place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._own_keys import own_key
from .._registry import REPOSITORY
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

KEY = "arn:aws:kms:us-east-1:000000000000:key/1"


@rule(
    id="ecr-encrypted-with-own-key",
    title="Repositories of images are encrypted with a customer key",
    applies_to=REPOSITORY,
    severity=Severity.MEDIUM,
    fix="Set encryption_configurations with KMS and kms_key.",
    sources=("FSBP:ECR.5", "checkov:CKV_AWS_136", "trivy:AVD-AWS-0033"),
    frameworks=("NIST 800-53:SC-28",),
    ok=({"encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY}]},),
    bad=(
        {},
        {"encryptionConfigurations": [{"encryptionType": "AES256"}]},
        {"encryptionConfigurations": [{"encryptionType": "KMS"}]},
    ),
)
def encrypted_with_own_key(repository: Resource) -> Iterator[str]:
    paths = tuple(repository.each("encryptionConfigurations"))
    if not paths:
        yield "encryptionConfigurations is not set"
    for path in paths:
        if repository.text(f"{path}.encryptionType").startswith("KMS"):
            yield from own_key(repository, f"{path}.kmsKey")
        else:
            yield "encryptionType is not KMS"

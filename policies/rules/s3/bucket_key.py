"""With a bucket key S3 asks KMS once for many objects: the same protection for a hundredth of the requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._buckets import kinds
from .._rule import Of, Severity, rule
from .._where import is_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

TYPES = kinds("bucketServerSideEncryptionConfiguration")
KMS = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}


@rule(
    id="s3-bucket-key",
    title="Buckets with a KMS key use a bucket key",
    applies_to=TYPES,
    severity=Severity.LOW,
    fix="Set bucket_key_enabled in the encryption rule.",
    ok=(
        {"rules": [KMS | {"bucketKeyEnabled": True}]},
        {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        Of({"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms:dsse"}}]}, TYPES[1]),
    ),
    bad=({"rules": [KMS]}, {"rules": [KMS | {"bucketKeyEnabled": False}]}, Of({"rules": [KMS]}, TYPES[1])),
)
def bucket_key(encryption: Resource) -> Iterator[str]:
    for path in encryption.each("rules"):
        # Encryption in two layers knows no bucket keys.
        kms = encryption.text(f"{path}.applyServerSideEncryptionByDefault.sseAlgorithm") == "aws:kms"
        if kms and not is_on(encryption, f"{path}.bucketKeyEnabled"):
            yield "bucketKeyEnabled is not on, so that each object costs a request to KMS"

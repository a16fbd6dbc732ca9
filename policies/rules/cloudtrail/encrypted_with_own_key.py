"""The record of who did what is for few eyes; a key of our own says for which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._own_keys import own_key
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

STORE: Final = "aws:cloudtrail/eventDataStore:EventDataStore"


@rule(
    id="cloudtrail-encrypted-with-own-key",
    title="Trails are encrypted with a customer key",
    applies_to=("aws:cloudtrail/trail:Trail", STORE),
    severity=Severity.MEDIUM,
    fix="Set kms_key_id.",
    sources=(
        "FSBP:CloudTrail.2",
        "checkov:CKV_AWS_35",
        "checkov:CKV_AWS_294",
        "trivy:AVD-AWS-0015",
        "prowler:cloudtrail_kms_encryption_enabled",
    ),
    frameworks=("CIS AWS 3.0:3.5", "NIST 800-53:SC-28", "NIST 800-53:AU-9"),
    ok=({"kmsKeyId": "arn:aws:kms:us-east-1:000000000000:key/1"}, Of({"kmsKeyId": "alias/qm-logs"}, STORE)),
    bad=({}, Of({}, STORE)),
)
def encrypted_with_own_key(trail: Resource) -> Iterator[str]:
    yield from own_key(trail, "kmsKeyId")

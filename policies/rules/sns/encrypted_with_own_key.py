"""The account's own key lets no service publish, and everybody in the account read what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._messages import TOPIC
from .._own_keys import own_key
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="sns-encrypted-with-own-key",
    title="Topics are encrypted with a customer key",
    applies_to=TOPIC,
    severity=Severity.HIGH,
    fix="Set kms_master_key_id to a key of ours.",
    sources=(
        "FSBP:SNS.1",
        "checkov:CKV_AWS_26",
        "trivy:AVD-AWS-0095",
        "trivy:AVD-AWS-0136",
        "prowler:sns_topics_kms_encryption_at_rest_enabled",
    ),
    frameworks=("NIST 800-53:SC-28", "NIST 800-53:SC-13"),
    ok=({"kmsMasterKeyId": "arn:aws:kms:us-east-1:000000000000:key/1"}, {"kmsMasterKeyId": "alias/qm-messages-dev"}),
    bad=({},),
)
def encrypted_with_own_key(topic: Resource) -> Iterator[str]:
    yield from own_key(topic, "kmsMasterKeyId")

"""Logs say who asked what; a key of our own says who may read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._own_keys import own_key
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="logs-encrypted-with-own-key",
    title="Log groups are encrypted with a customer key",
    applies_to="aws:cloudwatch/logGroup:LogGroup",
    severity=Severity.MEDIUM,
    fix="Set kms_key_id to the ARN of a key whose policy lets CloudWatch Logs use it.",
    sources=("checkov:CKV_AWS_158", "trivy:AVD-AWS-0017", "prowler:cloudwatch_log_group_kms_encryption_enabled"),
    frameworks=("NIST 800-53:SC-28", "NIST 800-53:AU-9(3)"),
    ok=({"kmsKeyId": "arn:aws:kms:us-east-1:000000000000:key/1"},),
    bad=({}, {"retentionInDays": 7}),
)
def encrypted_with_own_key(group: Resource) -> Iterator[str]:
    yield from own_key(group, "kmsKeyId")

"""Conversations and configuration must be unreadable without our key, and come back after a bad write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

RECOVERY: Final = {"pointInTimeRecovery": {"enabled": True}}
KEY: Final = {"serverSideEncryption": {"enabled": True, "kmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/1"}}


@rule(
    id="dynamodb-encrypted-with-recovery",
    title="Tables are encrypted with a customer key and recoverable to any second",
    applies_to="aws:dynamodb/table:Table",
    severity=Severity.HIGH,
    fix="Set server_side_encryption with enabled and kms_key_arn, and point_in_time_recovery.",
    sources=("cdk-nag:AwsSolutions-DDB3", "FSBP:DynamoDB.2", "checkov:CKV_AWS_28", "checkov:CKV_AWS_119"),
    ok=(KEY | RECOVERY,),
    bad=(
        {},
        KEY,
        RECOVERY,
        KEY | {"pointInTimeRecovery": {"enabled": False}},
        RECOVERY | {"serverSideEncryption": {"enabled": True}},
        RECOVERY | {"serverSideEncryption": {"enabled": False, "kmsKeyArn": "arn"}},
    ),
)
def encrypted_with_recovery(table: Resource) -> Iterator[str]:
    if table.known("serverSideEncryption.enabled") is not True:
        yield "encryption with a customer key is off"
    elif not table.is_set("serverSideEncryption.kmsKeyArn"):
        yield "encryption uses the account's shared key: kmsKeyArn is not set"
    if table.known("pointInTimeRecovery.enabled") is not True:
        yield "point-in-time recovery is off"

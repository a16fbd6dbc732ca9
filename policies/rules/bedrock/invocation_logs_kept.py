"""The log of invocations holds every question word for word: it is as sensitive as the data, and ends one day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._joined import joined
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together
from .invocations_logged import LOGGING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
BUCKET: Final = "aws:s3/bucket:Bucket"
ENCRYPTION: Final = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
TO_GROUP: Final = Node(
    LOGGING, "logging", {"loggingConfig": {"cloudwatchConfig": {"logGroupName": "g"}}}, {"loggingConfig": "group"}
)
TO_BUCKET: Final = Node(
    LOGGING, "logging", {"loggingConfig": {"s3Config": {"bucketName": "b"}}}, {"loggingConfig": "bucket"}
)
WITH_KEY: Final = {
    "rules": [{"applyServerSideEncryptionByDefault": {"kmsMasterKeyId": "arn", "sseAlgorithm": "aws:kms"}}]
}


@stack_rule(
    id="bedrock-invocation-logs-kept",
    title="Logs of model invocations are encrypted with a customer key, and end",
    severity=Severity.HIGH,
    fix="Set kms_key_id and retention_in_days of the log group, or a customer key of the bucket.",
    sources=("prowler:bedrock_model_invocation_logs_encryption_enabled",),
    frameworks=("AWS AI Security Framework 1.0:AISF-AI-05",),
    ok=(
        Together((Node(GROUP, "group", {"kmsKeyId": "arn", "retentionInDays": 30}), TO_GROUP)),
        Together((Node(BUCKET, "bucket"), Node(ENCRYPTION, "sse", WITH_KEY, {"bucket": "bucket"}), TO_BUCKET)),
        Together((Node(GROUP, "group"),)),
    ),
    bad=(
        Together((Node(GROUP, "group", {"retentionInDays": 30}), TO_GROUP)),
        Together((Node(GROUP, "group", {"kmsKeyId": "arn"}), TO_GROUP)),
        Together((Node(BUCKET, "bucket"), TO_BUCKET)),
        Together((Node(BUCKET, "bucket"), Node(ENCRYPTION, "sse", {"rules": []}, {"bucket": "bucket"}), TO_BUCKET)),
    ),
)
def invocation_logs_kept(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for logging in stack.of(LOGGING):
        for group in stack.of(GROUP):
            if joined(logging, "loggingConfig.cloudwatchConfig.logGroupName", group, "name"):
                yield from _group(group)
        for bucket in stack.of(BUCKET):
            if joined(logging, "loggingConfig.s3Config.bucketName", bucket, "bucket"):
                yield from _bucket(bucket, stack)


def _group(group: Member) -> Iterator[tuple[Member, str] | NotEvaluated]:
    if not group.is_set("kmsKeyId"):
        yield group, "it gets the log of model invocations, and kmsKeyId is not set"
    days = group.peek("retentionInDays")
    if days is UNKNOWN:
        yield NotEvaluated(f"{group.name}.retentionInDays")
    elif not days:
        yield group, "it gets the log of model invocations, and keeps it for ever"


def _bucket(bucket: Member, stack: Stack) -> Iterator[tuple[Member, str]]:
    keys = [
        one
        for one in stack.of(ENCRYPTION)
        if joined(one, "bucket", bucket, "bucket")
        for path in one.each("rules")
        if one.is_set(f"{path}.applyServerSideEncryptionByDefault.kmsMasterKeyId")
    ]
    if not keys:
        yield bucket, "it gets the log of model invocations, and no customer key encrypts it"

"""A key of our own says who may read what waits, in a second place beside the queue's policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._messages import QUEUE
from .._own_keys import own_key
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="sqs-encrypted-with-own-key",
    title="Queues are encrypted with a customer key",
    applies_to=QUEUE,
    severity=Severity.HIGH,
    fix="Set kms_master_key_id to a key of ours.",
    sources=(
        "cdk-nag:AwsSolutions-SQS2",
        "FSBP:SQS.1",
        "checkov:CKV_AWS_27",
        "checkov:CKV2_AWS_73",
        "trivy:AVD-AWS-0096",
        "trivy:AVD-AWS-0135",
        "prowler:sqs_queues_server_side_encryption_enabled",
    ),
    frameworks=("NIST 800-53:SC-28", "NIST 800-53:SC-13"),
    parameters={"sqs_key_is_enough": Parameter(default=False, description="Whether the key of SQS itself will do.")},
    ok=(
        {"kmsMasterKeyId": "arn:aws:kms:us-east-1:000000000000:key/1"},
        Of({"sqsManagedSseEnabled": True}, config={"sqs_key_is_enough": True}),
        Of({}, config={"sqs_key_is_enough": True}),
    ),
    bad=(
        {},
        {"sqsManagedSseEnabled": True},
        Of({"sqsManagedSseEnabled": False}, config={"sqs_key_is_enough": True}),
    ),
)
def encrypted_with_own_key(queue: Resource) -> Iterator[str]:
    enough = queue.config["sqs_key_is_enough"] and not queue.is_set("kmsMasterKeyId")
    # SQS encrypts a new queue under its own key unless it is told not to.
    if not enough or queue.known("sqsManagedSseEnabled") in (False, "false"):
        yield from own_key(queue, "kmsMasterKeyId")

"""A queue that everyone may use gives a stranger our messages, and us theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._examples import document, lets
from .._messages import QUEUE, QUEUE_POLICY
from .._resource_policies import open_to_everyone
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="sqs-not-public",
    title="Policies of queues allow nobody unknown",
    applies_to=(QUEUE_POLICY, QUEUE),
    severity=Severity.CRITICAL,
    fix="Name the principals, or add a condition that names the account, organisation or network.",
    sources=(
        "FSBP:SQS.3",
        "checkov:CKV_AWS_168",
        "checkov:CKV_AWS_387",
        "prowler:sqs_queues_not_publicly_accessible",
        "trivy:AVD-AWS-0097",
    ),
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:AC-6"),
    ok=(
        {},
        lets({"AWS": "arn:aws:iam::000000000000:role/a"}, "sqs:SendMessage"),
        {"policy": document({"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"})},
        lets("*", "sqs:SendMessage", StringEquals={"aws:SourceAccount": "000000000000"}),
    ),
    bad=(
        lets("*", "sqs:SendMessage"),
        lets({"AWS": "*"}, "sqs:SendMessage", Bool={"aws:SecureTransport": "true"}),
        {"policy": "{not json"},
        Of(lets("*", "sqs:SendMessage"), QUEUE),
    ),
)
def not_public(queue: Resource) -> Iterator[str]:
    yield from open_to_everyone(queue, "policy")

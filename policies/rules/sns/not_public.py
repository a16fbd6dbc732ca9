"""A topic that everyone may publish to tells people what a stranger writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._examples import document, lets
from .._messages import TOPIC, TOPIC_POLICY
from .._resource_policies import open_to_everyone
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="sns-not-public",
    title="Policies of topics allow nobody unknown",
    applies_to=(TOPIC_POLICY, TOPIC),
    severity=Severity.CRITICAL,
    fix="Name the principals, or add a condition that names the account, organisation or network.",
    sources=("FSBP:SNS.4", "checkov:CKV_AWS_169", "prowler:sns_topics_not_publicly_accessible"),
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:AC-6"),
    ok=(
        {},
        lets({"AWS": "arn:aws:iam::000000000000:role/a"}, "sns:Publish"),
        {"policy": document({"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": "*"})},
        lets("*", "sns:Publish", StringEquals={"aws:SourceAccount": "000000000000"}),
    ),
    bad=(
        lets("*", "sns:Publish"),
        lets({"AWS": "*"}, "sns:Publish", Bool={"aws:SecureTransport": "true"}),
        {"policy": "{not json"},
        Of(lets("*", "sns:Publish"), TOPIC),
    ),
)
def not_public(topic: Resource) -> Iterator[str]:
    yield from open_to_everyone(topic, "policy")

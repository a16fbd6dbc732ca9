"""Another account that may publish or subscribe decides who hears of our failures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._messages import TOPIC, TOPIC_POLICY
from .._resource_policies import foreign_accounts
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import NotEvaluated, Resource

OURS: Final = {"allowedAccountIds": '["000000000000"]'}


def _document(who: object) -> dict[str, str]:
    return {"policy": json.dumps({"Statement": [{"Effect": "Allow", "Principal": who, "Action": "sns:Publish"}]})}


@rule(
    id="sns-policy-own-accounts",
    title="Policies of topics name principals of our accounts only",
    applies_to=(TOPIC_POLICY, TOPIC),
    severity=Severity.HIGH,
    fix="Remove the other account's principal, or name its account in the rule's parameter `accounts`.",
    sources=("checkov:CKV_AWS_385",),
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:AC-6"),
    parameters={
        "accounts": Parameter((), "Accounts that may be named beside those that the provider is allowed to use.")
    },
    ok=(
        _document({"Service": "cloudwatch.amazonaws.com"}),
        Of(_document({"AWS": "arn:aws:iam::000000000000:role/a"}), provider=OURS),
        Of(_document({"AWS": "111111111111"}), config={"accounts": ["111111111111"]}),
    ),
    bad=(
        Of(_document({"AWS": "arn:aws:iam::111111111111:root"}), provider=OURS),
        Of(_document({"AWS": "111111111111"}), TOPIC, config={"accounts": ["000000000000"]}),
    ),
)
def policy_own_accounts(topic: Resource) -> Iterator[str | NotEvaluated]:
    yield from foreign_accounts(topic, "policy", topic.config["accounts"])

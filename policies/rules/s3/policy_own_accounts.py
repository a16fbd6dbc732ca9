"""Another account's administrator decides who there may use what our policy grants to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._buckets import BUCKETS, POLICY
from .._resource_policies import foreign_accounts
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import NotEvaluated, Resource

OURS: Final = {"allowedAccountIds": '["000000000000"]'}


def _document(who: object, effect: str = "Allow") -> dict[str, str]:
    return {"policy": json.dumps({"Statement": [{"Effect": effect, "Principal": who, "Action": "s3:GetObject"}]})}


@rule(
    id="s3-policy-own-accounts",
    title="Bucket policies name principals of our accounts only",
    applies_to=(POLICY, *BUCKETS),
    severity=Severity.HIGH,
    fix="Remove the other account's principal, or name its account in the rule's parameter `accounts`.",
    sources=("FSBP:S3.6", "prowler:s3_bucket_cross_account_access"),
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:AC-6"),
    parameters={
        "accounts": Parameter((), "Accounts that may be named beside those that the provider is allowed to use.")
    },
    ok=(
        _document({"Service": "logging.s3.amazonaws.com"}),
        Of(_document({"AWS": "arn:aws:iam::000000000000:role/a"}), provider=OURS),
        Of(_document({"AWS": ["000000000000", "111111111111"]}), config={"accounts": ["111111111111"]}, provider=OURS),
        Of(_document({"AWS": "222222222222"}, "Deny"), provider=OURS),
    ),
    bad=(
        Of(_document({"AWS": "arn:aws:iam::111111111111:root"}), provider=OURS),
        Of(_document({"AWS": ["000000000000", "111111111111"]}), provider=OURS),
        Of(_document({"AWS": "arn:aws:iam::222222222222:user/a"}), config={"accounts": ["000000000000"]}),
    ),
)
def policy_own_accounts(bucket: Resource) -> Iterator[str | NotEvaluated]:
    yield from foreign_accounts(bucket, "policy", bucket.config["accounts"])

"""The policy of the catalogue is for all databases of the account: open, it shows every table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._catalogue import CATALOGUE_POLICY
from .._examples import document, lets
from .._resource_policies import open_to_everyone
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="glue-policy-not-public",
    title="The policy of the data catalogue allows nobody unknown",
    applies_to=CATALOGUE_POLICY,
    severity=Severity.CRITICAL,
    fix="Name the principals, or add a condition that names the account, organisation or network.",
    sources=("prowler:glue_data_catalogs_not_publicly_accessible",),
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:AC-6"),
    ok=(
        {},
        lets({"AWS": "arn:aws:iam::000000000000:role/a"}, "glue:GetTable"),
        {"policy": document({"Effect": "Deny", "Principal": "*", "Action": "glue:GetTable", "Resource": "*"})},
        lets("*", "glue:GetTable", StringEquals={"aws:SourceAccount": "000000000000"}),
    ),
    bad=(
        lets("*", "glue:GetTable"),
        lets({"AWS": "*"}, "glue:GetTable", Bool={"aws:SecureTransport": "true"}),
        {"policy": "{not json"},
    ),
)
def policy_not_public(catalogue: Resource) -> Iterator[str]:
    yield from open_to_everyone(catalogue, "policy")

"""A policy of a table that lets in everyone opens each item to whoever knows the table's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._examples import lets
from .._resource_policies import open_to_everyone
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="dynamodb-policy-not-public",
    title="Policies of tables allow nobody unknown",
    applies_to="aws:dynamodb/resourcePolicy:ResourcePolicy",
    severity=Severity.CRITICAL,
    fix="Name the principals, or add a condition that names the account, organisation or network.",
    sources=("prowler:dynamodb_table_cross_account_access",),
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:AC-6"),
    ok=(
        lets({"AWS": "arn:aws:iam::000000000000:role/reader"}, "dynamodb:GetItem"),
        lets("*", "dynamodb:GetItem", StringEquals={"aws:PrincipalOrgID": "o-1"}),
        {},
    ),
    bad=(
        lets("*", "dynamodb:GetItem"),
        lets({"AWS": "*"}, "dynamodb:GetItem", Bool={"aws:SecureTransport": "true"}),
        {"policy": "{not json"},
    ),
)
def policy_not_public(table: Resource) -> Iterator[str]:
    yield from open_to_everyone(table, "policy")

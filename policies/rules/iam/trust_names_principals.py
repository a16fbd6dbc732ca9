"""A role that trusts `*` can be taken by anybody who has an AWS account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._examples import ACCOUNT, ROOT, document, trust
from .._identity import ROLE, allowed
from .._owners import TRUST
from .._resource import Found
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


@rule(
    id="iam-trust-names-principals",
    title="Roles name who may take them",
    applies_to=ROLE,
    severity=Severity.CRITICAL,
    fix="Name the service, the role or the identity provider, or add a condition such as aws:PrincipalOrgID.",
    sources=("checkov:CKV_AWS_60", "checkov:CKV_AWS_283"),
    frameworks=("NIST 800-53:AC-3",),
    ok=(
        trust({"Service": "lambda.amazonaws.com"}),
        trust({"AWS": ROOT}),
        trust("*", StringEquals={"aws:PrincipalOrgID": "o-1"}),
        {"assumeRolePolicy": document({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"})},
    ),
    bad=(
        trust("*"),
        trust({"AWS": ["*", f"arn:aws:iam::{ACCOUNT}:role/reader"]}),
        trust("*", StringEquals={"sts:ExternalId": "one"}),
    ),
)
def trust_names_principals(role: Resource) -> Iterator[Result]:
    yield from allowed(role, _judge, (TRUST,))


def _judge(statement: Statement) -> Iterator[Found]:
    if statement.everyone and not statement.not_principals and not statement.restricted:
        yield Found("*", f"{statement.name} lets anybody take the role")

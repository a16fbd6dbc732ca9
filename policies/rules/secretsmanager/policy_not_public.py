"""A secret whose policy lets everybody in is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._examples import ROOT, document, lets
from .._identity import allowed
from .._owners import SECRETS
from .._resource import Found
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


@rule(
    id="secretsmanager-policy-not-public",
    title="Policies of secrets let in nobody unknown",
    applies_to=SECRETS,
    severity=Severity.CRITICAL,
    fix="Name the principals, or add a condition such as aws:PrincipalOrgID.",
    sources=(
        "prowler:secretsmanager_has_restrictive_resource_policy",
        "prowler:secretsmanager_not_publicly_accessible",
    ),
    frameworks=("NIST 800-53:AC-3",),
    ok=(
        {},
        lets({"AWS": ROOT}, "secretsmanager:GetSecretValue"),
        lets("*", "secretsmanager:GetSecretValue", StringEquals={"aws:PrincipalOrgID": "o-1"}),
        {"policy": document({"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"})},
    ),
    bad=(
        lets("*", "secretsmanager:GetSecretValue"),
        Of(lets({"AWS": "*"}, "*"), SECRETS[1]),
        lets("*", "secretsmanager:GetSecretValue", Bool={"aws:SecureTransport": "true"}),
    ),
)
def policy_not_public(secret: Resource) -> Iterator[Result]:
    yield from allowed(secret, _judge, ("policy",))


def _judge(statement: Statement) -> Iterator[Found]:
    if statement.everyone and not statement.restricted:
        yield Found("*", f"{statement.name} allows everybody {statement.granted}")

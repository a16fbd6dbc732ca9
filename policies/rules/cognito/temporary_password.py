"""A temporary password lies in somebody's mail until it is used or ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Parameter, Severity, rule
from .._scalars import amount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cognito-temporary-password",
    title="Temporary passwords end soon",
    applies_to="aws:cognito/userPool:UserPool",
    severity=Severity.LOW,
    fix="Set password_policy.temporary_password_validity_days.",
    sources=("prowler:cognito_user_pool_temporary_password_expiration",),
    frameworks=("NIST 800-53:IA-5(1)",),
    parameters={"most_days": Parameter(7, "Longest life of a temporary password, in days.")},
    ok=({}, {"passwordPolicy": {"temporaryPasswordValidityDays": 3}}),
    bad=(
        {"passwordPolicy": {"temporaryPasswordValidityDays": 30}},
        Of({}, config={"most_days": 3}),
        Of({"passwordPolicy": {"temporaryPasswordValidityDays": "7"}}, config={"most_days": 3}),
    ),
)
def temporary_password(pool: Resource) -> Iterator[str]:
    days = amount(pool.known("passwordPolicy.temporaryPasswordValidityDays")) or 7  # Cognito's own
    most = int(pool.config["most_days"])
    if days > most:
        yield f"passwordPolicy.temporaryPasswordValidityDays is {days:g}, at most {most} are allowed"

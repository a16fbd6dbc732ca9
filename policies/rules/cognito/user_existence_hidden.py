"""Different answers for an unknown user and a wrong password tell an attacker whom to try."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cognito-user-existence-hidden",
    title="A failed sign-in does not say whether the user exists",
    applies_to="aws:cognito/userPoolClient:UserPoolClient",
    severity=Severity.LOW,
    fix="Set prevent_user_existence_errors to ENABLED.",
    sources=("prowler:cognito_user_pool_client_prevent_user_existence_errors",),
    frameworks=("NIST 800-53:IA-6",),
    ok=({"preventUserExistenceErrors": "ENABLED"},),
    bad=({}, {"preventUserExistenceErrors": "LEGACY"}),
)
def user_existence_hidden(client: Resource) -> Iterator[str]:
    value = client.text("preventUserExistenceErrors")
    if value != "ENABLED":
        yield f"preventUserExistenceErrors is {value or 'not set'}"

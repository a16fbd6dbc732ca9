"""Without revocation a stolen refresh token makes new tokens until it ends, signed out or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cognito-token-revocation",
    title="Refresh tokens can be revoked",
    applies_to="aws:cognito/userPoolClient:UserPoolClient",
    severity=Severity.MEDIUM,
    fix="Set enable_token_revocation to true.",
    sources=("prowler:cognito_user_pool_client_token_revocation_enabled",),
    frameworks=("NIST 800-53:AC-12(1)",),
    ok=({}, {"enableTokenRevocation": True}),  # Cognito's own is on
    bad=({"enableTokenRevocation": False}, {"enableTokenRevocation": "false"}),
)
def token_revocation(client: Resource) -> Iterator[str]:
    value = client.known("enableTokenRevocation")
    if value is not None and not is_true(value):
        yield "enableTokenRevocation is false"

"""An identity pool with guests gives AWS credentials to everybody who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cognito-no-guests",
    title="Identity pools have no unauthenticated identities",
    applies_to="aws:cognito/identityPool:IdentityPool",
    severity=Severity.CRITICAL,
    fix="Set allow_unauthenticated_identities to false.",
    sources=(
        "FSBP:Cognito.2",
        "cdk-nag:AwsSolutions-COG7",
        "checkov:CKV_AWS_366",
        "prowler:cognito_identity_pool_guest_access_disabled",
    ),
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:IA-2"),
    ok=({}, {"allowUnauthenticatedIdentities": False}),
    bad=({"allowUnauthenticatedIdentities": True}, {"allowUnauthenticatedIdentities": "true"}),
)
def no_guests(pool: Resource) -> Iterator[str]:
    if is_true(pool.known("allowUnauthenticatedIdentities")):
        yield "allowUnauthenticatedIdentities is true"

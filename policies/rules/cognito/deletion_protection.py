"""A pool that is deleted takes every user, password and second factor with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cognito-deletion-protection",
    title="User pools cannot be deleted by mistake",
    applies_to="aws:cognito/userPool:UserPool",
    severity=Severity.MEDIUM,
    fix="Set deletion_protection to ACTIVE.",
    sources=("FSBP:Cognito.6", "prowler:cognito_user_pool_deletion_protection_enabled"),
    frameworks=("NIST 800-53:CP-9",),
    parameters={"required": Parameter(default=False, description="Whether pools must have it; production says yes.")},
    ok=({}, Of({"deletionProtection": "ACTIVE"}, config={"required": True})),
    bad=(Of({}, config={"required": True}), Of({"deletionProtection": "INACTIVE"}, config={"required": True})),
)
def deletion_protection(pool: Resource) -> Iterator[str]:
    if pool.config["required"] and pool.text("deletionProtection") != "ACTIVE":
        yield "deletionProtection is not ACTIVE"

"""Threat protection stops passwords that are known to be stolen and sign-ins from where nobody of ours is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


ENFORCED: Final = {"userPoolAddOns": {"advancedSecurityMode": "ENFORCED"}}
OWN_FLOW: Final = {"lambdaConfig": {"defineAuthChallenge": "arn:aws:lambda:eu-central-1:000000000000:function:f"}}
CUSTOM: Final = "userPoolAddOns.advancedSecurityAdditionalFlows.customAuthMode"


@rule(
    id="cognito-threat-protection",
    title="User pools block sign-ins that look stolen",
    applies_to="aws:cognito/userPool:UserPool",
    severity=Severity.MEDIUM,
    fix="Set user_pool_add_ons.advanced_security_mode to ENFORCED, and user_pool_tier to PLUS.",
    sources=(
        "FSBP:Cognito.1",
        "FSBP:Cognito.4",
        "cdk-nag:AwsSolutions-COG8",
        "prowler:cognito_user_pool_advanced_security_enabled",
    ),
    frameworks=("NIST 800-53:SI-4",),
    parameters={
        "required": Parameter(default=False, description="Whether pools must have it; it costs for each user.")
    },
    ok=({}, Of(ENFORCED, config={"required": True})),
    bad=(
        Of({}, config={"required": True}),
        Of(OWN_FLOW | ENFORCED, config={"required": True}),
        Of({"userPoolAddOns": {"advancedSecurityMode": "AUDIT"}}, config={"required": True}),
    ),
)
def threat_protection(pool: Resource) -> Iterator[str]:
    mode = pool.text("userPoolAddOns.advancedSecurityMode") if pool.config["required"] else "ENFORCED"
    if mode != "ENFORCED":
        yield f"userPoolAddOns.advancedSecurityMode is {mode or 'not set'}"
    elif (
        pool.config["required"] and pool.is_set("lambdaConfig.defineAuthChallenge") and pool.text(CUSTOM) != "ENFORCED"
    ):
        yield f"{CUSTOM} is not ENFORCED, and the pool has a sign-in of its own"

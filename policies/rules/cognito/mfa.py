"""A password alone is guessed, phished or found in a leak; a second factor makes that worth little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


LEVELS: Final = {"OFF": 0, "OPTIONAL": 1, "ON": 2}
FACTORS: Final = ("softwareTokenMfaConfiguration", "smsConfiguration", "emailMfaConfiguration", "webAuthnConfiguration")
APP: Final = {"softwareTokenMfaConfiguration": {"enabled": True}}


@rule(
    id="cognito-mfa",
    title="User pools ask for a second factor",
    applies_to="aws:cognito/userPool:UserPool",
    severity=Severity.HIGH,
    fix="Set mfa_configuration, and software_token_mfa_configuration.enabled to true.",
    sources=("FSBP:Cognito.5", "cdk-nag:AwsSolutions-COG2", "prowler:cognito_user_pool_mfa_enabled"),
    frameworks=("NIST 800-53:IA-2(1)", "NIST 800-53:IA-2(2)"),
    parameters={"least": Parameter("OPTIONAL", "OFF, OPTIONAL or ON; production asks for ON.")},
    ok=(
        APP | {"mfaConfiguration": "OPTIONAL"},
        Of(APP | {"mfaConfiguration": "ON"}, config={"least": "ON"}),
        Of({}, config={"least": "OFF"}),
    ),
    bad=(
        {},
        {"mfaConfiguration": "OFF"},
        {"mfaConfiguration": "ON"},
        Of(APP | {"mfaConfiguration": "OPTIONAL"}, config={"least": "ON"}),
    ),
)
def mfa(pool: Resource) -> Iterator[str]:
    level, least = pool.text("mfaConfiguration") or "OFF", str(pool.config["least"])
    if LEVELS.get(level, 0) < LEVELS.get(least, 0):
        yield f"mfaConfiguration is {level}, at least {least} is asked for"
    elif level != "OFF" and not any(pool.is_set(factor) for factor in FACTORS):
        yield f"mfaConfiguration is {level}, and no kind of second factor is configured"

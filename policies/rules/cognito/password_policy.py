"""Short passwords are tried through; a long one of several kinds of characters is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule
from .._scalars import amount, is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


KINDS: Final = ("requireLowercase", "requireUppercase", "requireNumbers", "requireSymbols")
LONG: Final = {"minimumLength": 14} | dict.fromkeys(KINDS, True)
OWN_LENGTH: Final = 8


@rule(
    id="cognito-password-policy",
    title="User pools ask for strong passwords",
    applies_to="aws:cognito/userPool:UserPool",
    severity=Severity.MEDIUM,
    fix="Set password_policy with minimum_length and all four kinds of characters.",
    sources=(
        "FSBP:Cognito.3",
        "cdk-nag:AwsSolutions-COG1",
        "prowler:cognito_user_pool_password_policy_minimum_length_14",
        "prowler:cognito_user_pool_password_policy_symbol",
    ),
    frameworks=("NIST 800-53:IA-5(1)",),
    parameters={"least_length": Parameter(12, "Shortest password that is allowed.")},
    ok=({"passwordPolicy": LONG}, Of({"passwordPolicy": LONG | {"minimumLength": 8}}, config={"least_length": 8})),
    bad=(
        {},
        {"passwordPolicy": LONG | {"minimumLength": 8}},
        {"passwordPolicy": LONG | {"requireSymbols": False}},
        {"passwordPolicy": {"minimumLength": 20}},
    ),
)
def password_policy(pool: Resource) -> Iterator[str]:
    length = amount(pool.known("passwordPolicy.minimumLength")) or OWN_LENGTH
    least = int(pool.config["least_length"])
    if length < least:
        yield f"passwordPolicy.minimumLength is {length:g}, at least {least} are asked for"
    if not pool.is_set("passwordPolicy"):  # Cognito's own asks for all four
        return
    off = [kind for kind in KINDS if not is_true(pool.known(f"passwordPolicy.{kind}"))]
    if off:
        yield f"passwordPolicy does not have {', '.join(off)}"

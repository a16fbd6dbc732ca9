"""The account's password policy holds for every user with a password, those of other teams too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, Found, NotEvaluated
from .._rule import Severity, rule
from .._scalars import amount, is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._identity import Result
    from .._resource import Resource


SWITCHES: Final = (
    "requireLowercaseCharacters",
    "requireUppercaseCharacters",
    "requireNumbers",
    "requireSymbols",
    "allowUsersToChangePassword",
)
LEAST: Final = {"minimumPasswordLength": 14, "passwordReusePrevention": 24}
MOST: Final = {"maxPasswordAge": 90}
GOOD: Final = dict.fromkeys(SWITCHES, True) | LEAST | MOST
ON: Final = ("allowUsersToChangePassword",)  # where nothing is set


@rule(
    id="iam-password-policy",
    title="The account asks for strong passwords",
    applies_to="aws:iam/accountPasswordPolicy:AccountPasswordPolicy",
    severity=Severity.MEDIUM,
    fix="Ask for 14 characters of all four kinds, 24 passwords remembered and 90 days at most.",
    sources=(
        "FSBP:IAM.7",
        *(f"checkov:CKV_AWS_{number}" for number in range(9, 16)),
        "prowler:iam_password_policy_expires_passwords_within_90_days_or_less",
        "prowler:iam_password_policy_lowercase",
        "prowler:iam_password_policy_minimum_length_14",
        "prowler:iam_password_policy_number",
        "prowler:iam_password_policy_reuse_24",
        "prowler:iam_password_policy_symbol",
        "prowler:iam_password_policy_uppercase",
    ),
    frameworks=("CIS AWS 3.0:1.8", "CIS AWS 3.0:1.9", "NIST 800-53:IA-5(1)"),
    ok=(GOOD, {key: value for key, value in GOOD.items() if key not in ON}),
    bad=({}, GOOD | {"requireNumbers": False}, GOOD | {"minimumPasswordLength": 8}, GOOD | {"maxPasswordAge": 0}),
)
def password_policy(policy: Resource) -> Iterator[Result]:
    for key in (*SWITCHES, *LEAST, *MOST):
        value = policy.peek(key)
        if value is UNKNOWN:
            yield NotEvaluated(key)
        elif not _good(key, value):
            yield Found(key, f"{key} is {'not set' if value is None else value}")


def _good(key: str, value: object) -> bool:
    if key in SWITCHES:
        return is_true(value) or (value is None and key in ON)
    number = amount(value) or 0
    return 0 < number <= MOST[key] if key in MOST else number >= LEAST[key]

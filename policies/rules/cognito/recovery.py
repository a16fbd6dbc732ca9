"""A telephone number is moved to another card by one call; whoever has it then has the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cognito-recovery",
    title="Accounts are not recovered by telephone",
    applies_to="aws:cognito/userPool:UserPool",
    severity=Severity.MEDIUM,
    fix="Set account_recovery_setting to verified_email or admin_only.",
    frameworks=("NIST 800-53:IA-5",),
    unique=True,
    ok=(
        {"accountRecoverySetting": {"recoveryMechanisms": [{"name": "admin_only", "priority": 1}]}},
        {"accountRecoverySetting": {"recoveryMechanisms": {"name": "verified_email", "priority": 1}}},
    ),
    bad=(
        {},  # Cognito's own takes the telephone first
        {"accountRecoverySetting": {"recoveryMechanisms": [{"name": "verified_phone_number", "priority": 2}]}},
    ),
)
def recovery(pool: Resource) -> Iterator[str]:
    names = [pool.text(f"{path}.name") for path in pool.each("accountRecoverySetting.recoveryMechanisms")]
    if not names:
        yield "accountRecoverySetting is not set, and Cognito's own takes the telephone"
    elif "verified_phone_number" in names:
        yield "accountRecoverySetting has verified_phone_number"

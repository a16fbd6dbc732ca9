"""Without this check a key policy can shut out the whole account; then only AWS support can help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._owners import KEYS
from .._rule import Of, Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="kms-lockout-check-kept",
    title="Key policies are checked for shutting everybody out",
    applies_to=KEYS,
    severity=Severity.HIGH,
    fix="Leave bypass_policy_lockout_safety_check out.",
    frameworks=("NIST 800-53:SC-12",),
    unique=True,
    ok=({}, {"bypassPolicyLockoutSafetyCheck": False}),
    bad=(
        {"bypassPolicyLockoutSafetyCheck": True},
        Of({"bypassPolicyLockoutSafetyCheck": "true"}, "aws:kms/keyPolicy:KeyPolicy"),
    ),
)
def lockout_check_kept(key: Resource) -> Iterator[str]:
    if is_true(key.known("bypassPolicyLockoutSafetyCheck")):
        yield "the check that keeps the account from being shut out is bypassed"

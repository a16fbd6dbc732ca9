"""An address that is not verified may be somebody else's, and whoever signs in by it is taken for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import Found, NotEvaluated
from .._rule import Severity, rule
from .._scalars import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


NAMES: Final = ("email", "phone_number")
KEPT: Final = "userAttributeUpdateSettings.attributesRequireVerificationBeforeUpdates"


@rule(
    id="cognito-addresses-verified",
    title="Addresses that people sign in with are verified, also when they change",
    applies_to="aws:cognito/userPool:UserPool",
    severity=Severity.MEDIUM,
    fix="Add the attribute to auto_verified_attributes and to user_attribute_update_settings.",
    frameworks=("NIST 800-53:IA-4",),
    unique=True,
    ok=(
        {},
        {
            "usernameAttributes": ["email"],
            "autoVerifiedAttributes": ["email"],
            "userAttributeUpdateSettings": {"attributesRequireVerificationBeforeUpdates": ["email"]},
        },
    ),
    bad=(
        {"usernameAttributes": ["email"]},
        {"aliasAttributes": ["email"], "autoVerifiedAttributes": ["email"]},
        {"aliasAttributes": ["phone_number"], "autoVerifiedAttributes": ["email"]},
    ),
)
def addresses_verified(pool: Resource) -> Iterator[Found | NotEvaluated]:
    signs = [texts(pool, path) for path in ("usernameAttributes", "aliasAttributes")]
    verified, kept = texts(pool, "autoVerifiedAttributes"), texts(pool, KEPT)
    if any(one.unknown for one in (*signs, verified, kept)):
        yield NotEvaluated("usernameAttributes")
        return
    for name in NAMES:
        if not any(name in one.values for one in signs):
            continue
        missing = [path for path, one in (("autoVerifiedAttributes", verified), (KEPT, kept)) if name not in one.values]
        if missing:
            yield Found(name, f"people sign in by {name}, which is not in {' nor in '.join(missing)}")

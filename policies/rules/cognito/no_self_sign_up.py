"""Where anybody may sign up, a verified token says nothing but that its owner has a mail address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cognito-no-self-sign-up",
    title="Only administrators make users",
    applies_to="aws:cognito/userPool:UserPool",
    severity=Severity.HIGH,
    fix="Set admin_create_user_config.allow_admin_create_user_only to true.",
    sources=("prowler:cognito_user_pool_self_registration_disabled",),
    frameworks=("NIST 800-53:AC-2",),
    ok=({"adminCreateUserConfig": {"allowAdminCreateUserOnly": True}},),
    bad=({}, {"adminCreateUserConfig": {"allowAdminCreateUserOnly": False}}, {"adminCreateUserConfig": {}}),
)
def no_self_sign_up(pool: Resource) -> Iterator[str]:
    path = "adminCreateUserConfig.allowAdminCreateUserOnly"
    if not is_true(pool.known(path)):
        yield f"{path} is not true"

"""A password in the stack's state is known to whoever may read that, and asks for no second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="iam-no-login-profiles",
    title="No user has a password for the console",
    applies_to="aws:iam/userLoginProfile:UserLoginProfile",
    severity=Severity.HIGH,
    fix="Let people sign in through the identity centre.",
    sources=("checkov:CKV2_AWS_22",),
    frameworks=("NIST 800-53:AC-2",),
    parameters={"users": Parameter((), "Names of users for whom it is right.")},
    ok=(Of({"user": "break-glass"}, config={"users": ["break-glass"]}),),
    bad=({"user": "anna"}, Of({"user": "anna"}, config={"users": ["break-glass"]})),
)
def no_login_profiles(resource: Resource) -> Iterator[str]:
    users = resource.config["users"]
    if not users or resource.text("user") not in users:
        yield "a password for the console is made"

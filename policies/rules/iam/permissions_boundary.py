"""A boundary caps what a role may ever do, whatever policy somebody adds to it later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._identity import ROLE
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


USER: Final = "aws:iam/user:User"
BOUNDARY: Final = "arn:aws:iam::000000000000:policy/boundary"


@rule(
    id="iam-permissions-boundary",
    title="Roles and users have the account's permissions boundary",
    applies_to=(ROLE, USER),
    severity=Severity.LOW,
    fix="Set permissions_boundary to the account's policy.",
    frameworks=("NIST 800-53:AC-6",),
    parameters={"boundary": Parameter("", "ARN of the policy that every role and user must have; empty asks nothing.")},
    ok=(
        {},
        Of({"permissionsBoundary": BOUNDARY}, config={"boundary": BOUNDARY}),
    ),
    bad=(
        Of({}, config={"boundary": BOUNDARY}),
        Of({"permissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, USER, {"boundary": BOUNDARY}),
    ),
)
def permissions_boundary(role: Resource) -> Iterator[str]:
    wanted = role.config["boundary"]
    if wanted and role.text("permissionsBoundary") != wanted:
        yield f"the permissions boundary is not {wanted}"

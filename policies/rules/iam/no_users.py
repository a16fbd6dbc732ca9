"""A user is a password or a key that never ends; a role gives credentials for an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="iam-no-users",
    title="People and programs have roles, no IAM users",
    applies_to="aws:iam/user:User",
    severity=Severity.MEDIUM,
    fix="Let people sign in through the identity centre, and programs take a role.",
    sources=("checkov:CKV_AWS_273",),
    frameworks=("NIST 800-53:AC-2",),
    parameters={"users": Parameter((), "Names of users for whom it is right.")},
    ok=(Of({"name": "break-glass"}, config={"users": ["break-glass"]}),),
    bad=({"name": "anna"}, Of({"name": "anna"}, config={"users": ["break-glass"]})),
)
def no_users(resource: Resource) -> Iterator[str]:
    users = resource.config["users"]
    if not users or resource.text("name") not in users:
        yield "this is an IAM user"

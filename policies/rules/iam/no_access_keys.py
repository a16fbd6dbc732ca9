"""An access key works until somebody deletes it, from anywhere, and lies in the stack's state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="iam-no-access-keys",
    title="No long-lived access keys are made",
    applies_to="aws:iam/accessKey:AccessKey",
    severity=Severity.HIGH,
    fix="Take a role, through OIDC where the program runs elsewhere.",
    sources=("checkov:CKV_AWS_348",),
    frameworks=("NIST 800-53:AC-2",),
    parameters={"users": Parameter((), "Names of users for whom it is right.")},
    ok=(Of({"user": "break-glass"}, config={"users": ["break-glass"]}),),
    bad=({"user": "anna"}, Of({"user": "anna"}, config={"users": ["break-glass"]})),
)
def no_access_keys(resource: Resource) -> Iterator[str]:
    users = resource.config["users"]
    if not users or resource.text("user") not in users:
        yield "a long-lived access key is made"

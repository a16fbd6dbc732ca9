"""A key for Bedrock or CodeCommit is an IAM user's password under another name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="iam-no-service-credentials",
    title="No long-lived credentials for one service are made",
    applies_to="aws:iam/serviceSpecificCredential:ServiceSpecificCredential",
    severity=Severity.HIGH,
    fix="Take a role; short-lived keys are made at run time.",
    sources=("prowler:bedrock_api_key_no_long_term_credentials",),
    frameworks=("NIST 800-53:AC-2",),
    parameters={"users": Parameter((), "Names of users for whom it is right.")},
    ok=(Of({"userName": "break-glass"}, config={"users": ["break-glass"]}),),
    bad=({"userName": "anna"}, Of({"userName": "anna"}, config={"users": ["break-glass"]})),
)
def no_service_credentials(resource: Resource) -> Iterator[str]:
    users = resource.config["users"]
    if not users or resource.text("userName") not in users:
        yield "a long-lived credential for one service is made"

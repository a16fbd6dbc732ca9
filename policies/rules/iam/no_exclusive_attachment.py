"""A PolicyAttachment takes the policy from all in the account who are not listed, those of other stacks too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._attachments import TO_MANY
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="iam-no-exclusive-attachment",
    title="Policies are attached one by one",
    applies_to=TO_MANY,
    severity=Severity.HIGH,
    fix="Use RolePolicyAttachment, UserPolicyAttachment or GroupPolicyAttachment.",
    unique=True,
    parameters={"policies": Parameter((), "ARNs of policies that nobody else attaches.")},
    ok=(
        Of(
            {"policyArn": "arn:aws:iam::000000000000:policy/ours", "roles": ["reader"]},
            config={"policies": ["arn:aws:iam::000000000000:policy/ours"]},
        ),
    ),
    bad=({"policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess", "roles": ["reader"]},),
)
def no_exclusive_attachment(attachment: Resource) -> Iterator[str]:
    alone = attachment.config["policies"]
    if not alone or attachment.text("policyArn") not in alone:
        yield "the policy is taken from everybody in the account who is not listed here"

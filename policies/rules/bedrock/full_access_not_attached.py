"""AmazonBedrockFullAccess lets its holder switch off guardrails and logs, and invoke every model there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

ROLE: Final = "aws:iam/role:Role"
ATTACHMENTS: Final = (
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
)
FULL: Final = "policy/AmazonBedrockFullAccess"


@rule(
    id="bedrock-full-access-not-attached",
    title="Nobody has full access to Bedrock",
    applies_to=(*ATTACHMENTS, ROLE),
    severity=Severity.HIGH,
    fix="Allow bedrock:InvokeModel on the models that the code calls.",
    sources=("prowler:bedrock_full_access_policy_attached",),
    frameworks=("AWS AI Security Framework 1.0:AISF-IAM-02", "SOC 2:CC6.3"),
    ok=({"policyArn": "arn:aws:iam::aws:policy/AmazonBedrockReadOnly"}, Of({}, ROLE)),
    bad=(
        {"policyArn": f"arn:aws:iam::aws:{FULL}"},
        {"policyArn": f"arn:aws-us-gov:iam::aws:{FULL}"},
        Of({"managedPolicyArns": ["a", f"arn:aws:iam::aws:{FULL}"]}, ROLE),
    ),
)
def full_access_not_attached(resource: Resource) -> Iterator[str]:
    paths = resource.each("managedPolicyArns") if resource.type == ROLE else ["policyArn"]
    for path in paths:
        if resource.text(path).endswith(FULL):
            yield f"{path} is AmazonBedrockFullAccess"

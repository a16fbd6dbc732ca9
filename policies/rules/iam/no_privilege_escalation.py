"""Some actions, alone or together, let a caller give itself any permission: it owns what it may then become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._actions import covers
from .._examples import allows, document, policy
from .._identity import IDENTITY, documents
from .._resource import Found
from .._risks import ESCALATION
from .._rule import Severity, rule
from .._scope import limited, reaches_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


ALL: Final = ("*", "*:*")  # `iam-no-full-access` says that
# Conditions that leave an action without its danger: which policies, which boundary, which service.
TAMED: Final = ("iam:policyarn", "iam:permissionsboundary", "iam:passedtoservice")
FUNCTION: Final = "arn:aws:lambda:us-east-1:000000000000:function:qm-worker-dev"


@rule(
    id="iam-no-privilege-escalation",
    title="No IAM document lets its holder take more permissions",
    applies_to=IDENTITY,
    severity=Severity.CRITICAL,
    fix="Leave one out, name resources, or ask for iam:PolicyARN, iam:PermissionsBoundary or iam:PassedToService.",
    sources=(
        "checkov:CKV_AWS_110",
        "checkov:CKV_AWS_286",
        "prowler:iam_inline_policy_allows_privilege_escalation",
        "prowler:iam_policy_allows_privilege_escalation",
    ),
    frameworks=("NIST 800-53:AC-6",),
    ok=(
        policy("iam:GetRole"),
        policy("lambda:UpdateFunctionCode", FUNCTION),
        policy(["lambda:CreateFunction", "lambda:InvokeFunction"]),
        policy("iam:AttachRolePolicy", ArnEquals={"iam:PolicyARN": "arn:aws:iam::000000000000:policy/reader"}),
        {
            "policy": document(
                allows("iam:Attach*"), {"Effect": "Deny", "Action": ["iam:Attach*", "iam:Put*"], "Resource": "*"}
            )
        },
    ),
    bad=(
        policy("iam:CreatePolicyVersion"),
        policy("iam:*"),
        policy("iam:Attach*Policy", "arn:aws:iam::000000000000:role/*"),
        policy(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]),
        {"policy": document(allows("iam:PassRole"), allows("lambda:Create*"), allows("lambda:AddPermission"))},
        policy("iam:PutRolePolicy", StringLike={"iam:PermissionsBoundary": "*"}),
        {
            "policy": document(
                allows("iam:PutRolePolicy"),
                {
                    "Effect": "Deny",
                    "Action": "iam:*",
                    "Resource": "*",
                    "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}},
                },
            )
        },
    ),
)
def no_privilege_escalation(resource: Resource) -> Iterator[Result]:
    yield from documents(resource, _judge)


def _judge(statements: tuple[Statement, ...]) -> Iterator[Found]:
    granted = [
        action
        for one in statements
        if one.allows and reaches_all(one) and not limited(one, TAMED)
        for action in one.actions
        if action not in ALL
    ]
    denied = [
        action
        for one in statements
        if not one.allows and not one.conditions and "*" in one.resources
        for action in one.actions
    ]
    for path, needed in ESCALATION.items():
        if all(_any(granted, action) and not _any(denied, action) for action in needed):
            yield Found(path, f"{' with '.join(needed)} is a way to every permission")


def _any(patterns: list[str], action: str) -> bool:
    return any(covers(pattern, action) for pattern in patterns)

"""Whoever may change the permissions of any resource can open all of them to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._actions import Level
from .._examples import document, policy
from .._identity import IDENTITY, allowed_everywhere
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._identity import Result
    from .._resource import Resource


@rule(
    id="iam-no-unconstrained-permissions",
    title="No IAM document allows changes of everyone's permissions",
    applies_to=IDENTITY,
    severity=Severity.HIGH,
    fix="Name the resources whose permissions may change, or leave the action out.",
    sources=("checkov:CKV_AWS_109", "checkov:CKV_AWS_289"),
    frameworks=("NIST 800-53:AC-6",),
    ok=(
        policy("s3:PutBucketPolicy", "arn:aws:s3:::data"),
        policy(["dynamodb:GetItem", "tag:GetResources", "xray:PutTraceSegments"]),
        policy("*"),
        {"policy": document({"Effect": "Deny", "Action": "*", "Resource": "*"})},
    ),
    bad=(policy("s3:PutBucketPolicy"), policy(["kms:PutKeyPolicy"]), policy("kms:Put*")),
)
def no_unconstrained_permissions(resource: Resource) -> Iterator[Result]:
    yield from allowed_everywhere(resource, lambda levels: Level.PERMISSIONS in levels)

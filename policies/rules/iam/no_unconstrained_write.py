"""A role that may write everywhere can spoil what it has never heard of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._actions import Level
from .._examples import TABLE, document, policy
from .._identity import IDENTITY, allowed_everywhere
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._identity import Result
    from .._resource import Resource


@rule(
    id="iam-no-unconstrained-write",
    title="No IAM document allows changes of every resource",
    applies_to=IDENTITY,
    severity=Severity.HIGH,
    fix="Name the resources that are changed, or add a condition on them such as aws:ResourceTag.",
    sources=("checkov:CKV_AWS_111", "checkov:CKV_AWS_290"),
    frameworks=("NIST 800-53:AC-6",),
    ok=(
        policy("dynamodb:PutItem", TABLE),
        policy(["dynamodb:GetItem", "tag:GetResources", "xray:PutTraceSegments"]),
        policy("*"),
        {"policy": document({"Effect": "Deny", "Action": "*", "Resource": "*"})},
    ),
    bad=(policy("dynamodb:PutItem"), policy(["dynamodb:GetItem", "dynamodb:*Item"]), policy("lambda:Invoke*")),
)
def no_unconstrained_write(resource: Resource) -> Iterator[Result]:
    yield from allowed_everywhere(resource, lambda levels: Level.WRITE in levels and Level.PERMISSIONS not in levels)

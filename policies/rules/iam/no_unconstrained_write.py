"""A role that may write everywhere can spoil what it has never heard of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._actions import Level, matching
from .._examples import TABLE, document, policy
from .._identity import IDENTITY, allowed
from .._resource import Found
from .._rule import Severity, rule
from .._scope import unconstrained

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
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
    yield from allowed(resource, _judge)


def _judge(statement: Statement) -> Iterator[Found]:
    if not unconstrained(statement):
        return
    for action in statement.actions:
        takes = [one for one in matching(action) if one.resources]
        if (
            action != "*"
            and any(one.level is Level.WRITE for one in takes)
            and not any(one.level is Level.PERMISSIONS for one in takes)
        ):
            yield Found(action, f"{statement.name} allows {action} on every resource")

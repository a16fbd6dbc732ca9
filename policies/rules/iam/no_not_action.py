"""`Allow` with `NotAction` grants all that AWS has and ever adds, but for a few."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._examples import document, policy
from .._identity import IDENTITY, allowed
from .._resource import Found
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


@rule(
    id="iam-no-not-action",
    title="IAM documents say what is allowed, not what is left out",
    applies_to=IDENTITY,
    severity=Severity.HIGH,
    fix="Replace NotAction by the actions that are needed.",
    sources=("cfn-nag:W15", "cfn-nag:W16", "cfn-nag:W17"),
    frameworks=("NIST 800-53:AC-6",),
    ok=(
        policy("s3:GetObject"),
        {"policy": document({"Effect": "Deny", "NotAction": "s3:GetObject", "Resource": "*"})},
    ),
    bad=(
        {"policy": document({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})},
        {"policy": document({"Effect": "Allow", "NotAction": [], "Resource": "arn:aws:s3:::data"})},
    ),
)
def no_not_action(resource: Resource) -> Iterator[Result]:
    yield from allowed(resource, _judge)


def _judge(statement: Statement) -> Iterator[Found]:
    if statement.not_actions is not None:
        yield Found("NotAction", f"{statement.name} allows {statement.granted}")

"""`Allow` with `NotResource` grants every resource that exists or will, but for a few."""

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
    id="iam-no-not-resource",
    title="IAM documents name what is reached, not what is left out",
    applies_to=IDENTITY,
    severity=Severity.HIGH,
    fix="Replace NotResource by the resources that are needed.",
    sources=("cfn-nag:W21", "cfn-nag:W22", "cfn-nag:W23"),
    frameworks=("NIST 800-53:AC-6",),
    ok=(
        policy("s3:GetObject", "arn:aws:s3:::data/*"),
        {"policy": document({"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::data/*"})},
    ),
    bad=({"policy": document({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::data/*"})},),
)
def no_not_resource(resource: Resource) -> Iterator[Result]:
    yield from allowed(resource, _judge)


def _judge(statement: Statement) -> Iterator[Found]:
    if statement.not_resources is not None:
        yield Found("NotResource", f"{statement.name} allows {statement.granted} on all but a few resources")

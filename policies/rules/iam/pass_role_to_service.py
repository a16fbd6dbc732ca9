"""A role that may be passed to any service can be taken by the one in which the caller runs code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._actions import covers
from .._examples import policy
from .._identity import IDENTITY, allowed
from .._resource import Found
from .._risks import PASS_ROLE
from .._rule import Severity, rule
from .._scope import limited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


PASSED_TO: Final = "iam:passedtoservice"
ALL: Final = ("*", "*:*")  # `iam-no-full-access` says that
ONE: Final = "arn:aws:iam::000000000000:role/qm-worker-dev"


@rule(
    id="iam-pass-role-to-service",
    title="iam:PassRole names the service that a role may be passed to",
    applies_to=IDENTITY,
    severity=Severity.MEDIUM,
    fix="Add the condition iam:PassedToService with the service that uses the role.",
    frameworks=("NIST 800-53:AC-6",),
    unique=True,
    ok=(
        policy("iam:PassRole", ONE, StringEquals={"iam:PassedToService": "lambda.amazonaws.com"}),
        policy("iam:GetRole"),
    ),
    bad=(
        policy("iam:PassRole", ONE),
        policy("iam:PassRole", ONE, StringEqualsIfExists={"iam:PassedToService": "lambda.amazonaws.com"}),
        policy("iam:PassRole", ONE, StringLike={"iam:PassedToService": "*"}),
        policy("iam:PassRole", ONE, StringNotEquals={"iam:PassedToService": "ec2.amazonaws.com"}),
    ),
)
def pass_role_to_service(resource: Resource) -> Iterator[Result]:
    yield from allowed(resource, _judge)


def _judge(statement: Statement) -> Iterator[Found]:
    for action in statement.actions:
        if action not in ALL and covers(action, PASS_ROLE) and not limited(statement, (PASSED_TO,)):
            yield Found(PASS_ROLE, f"{statement.name} allows {action} to any service")

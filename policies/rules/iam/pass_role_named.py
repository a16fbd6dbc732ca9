"""Whoever may pass any role can give an administrator's to a function or a machine of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._actions import covers
from .._examples import policy
from .._identity import IDENTITY, allowed
from .._resource import Found
from .._risks import PASS_ROLE
from .._rule import Severity, rule
from .._scope import everywhere, unbounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


ALL: Final = ("*", "*:*")  # `iam-no-full-access` says that


@rule(
    id="iam-pass-role-named",
    title="iam:PassRole names the roles that may be passed",
    applies_to=IDENTITY,
    severity=Severity.CRITICAL,
    fix="Name the roles by their ARN.",
    sources=("cfn-nag:F38",),
    frameworks=("NIST 800-53:AC-6",),
    ok=(
        policy("iam:PassRole", "arn:aws:iam::000000000000:role/qm-worker-dev"),
        policy("iam:GetRole"),
    ),
    bad=(
        policy("iam:PassRole"),
        policy("iam:Pass*", "arn:aws:iam::000000000000:role/*"),
        policy("iam:PassRole", StringEquals={"iam:PassedToService": "lambda.amazonaws.com"}),
    ),
)
def pass_role_named(resource: Resource) -> Iterator[Result]:
    yield from allowed(resource, _judge)


def _judge(statement: Statement) -> Iterator[Found]:
    wide = everywhere(statement) or any(map(unbounded, statement.resources))
    for action in statement.actions:
        if wide and action not in ALL and covers(action, PASS_ROLE):
            yield Found(PASS_ROLE, f"{statement.name} allows {action} on every role")

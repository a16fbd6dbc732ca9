"""Credentials that a role may ask for outlive it, and act as somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._actions import covers
from .._examples import policy
from .._identity import IDENTITY, allowed
from .._resource import Found
from .._risks import CREDENTIALS
from .._rule import Severity, rule
from .._scope import reaches_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


ALL: Final = ("*", "*:*")  # `iam-no-full-access` says that


@rule(
    id="iam-no-credentials-exposure",
    title="No IAM document gives out credentials of others",
    applies_to=IDENTITY,
    severity=Severity.HIGH,
    fix="Leave the action out, or name the role, user or cluster that it is for.",
    sources=("checkov:CKV_AWS_107", "checkov:CKV_AWS_287"),
    frameworks=("NIST 800-53:AC-6",),
    ok=(
        policy("sts:AssumeRole", "arn:aws:iam::000000000000:role/reader"),
        policy("sts:GetCallerIdentity"),
        policy("*"),
    ),
    bad=(
        policy("iam:CreateAccessKey"),
        policy("sts:AssumeRole"),
        policy("sts:Assume*", "arn:aws:iam::000000000000:role/*"),
        policy("redshift:GetClusterCredentials"),
    ),
)
def no_credentials_exposure(resource: Resource) -> Iterator[Result]:
    yield from allowed(resource, _judge)


def _judge(statement: Statement) -> Iterator[Found]:
    if not reaches_all(statement):
        return
    patterns = [one for one in statement.actions if one not in ALL]
    for action in CREDENTIALS:
        if any(covers(one, action) for one in patterns):
            yield Found(action, f"{statement.name} allows {action} on every resource")

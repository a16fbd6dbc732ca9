"""A trusted account means each of its users and roles that may assume roles at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._accounts import is_whole_account
from .._examples import ACCOUNT, ROOT, trust
from .._identity import ROLE, allowed
from .._owners import TRUST
from .._resource import Found
from .._rule import Enforcement, Severity, rule
from .._scope import limited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


WHO: Final = ("aws:principalarn", "aws:principaltag/*", "aws:userid", "aws:username", "sts:externalid")


@rule(
    id="iam-trust-not-whole-account",
    title="Roles trust roles or users, not whole accounts",
    applies_to=ROLE,
    severity=Severity.MEDIUM,
    fix="Name the role that may take this one, or add a condition on aws:PrincipalArn.",
    sources=("checkov:CKV_AWS_61",),
    frameworks=("NIST 800-53:AC-6",),
    enforcement=Enforcement.ADVISORY,
    ok=(
        trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/reader"}),
        trust({"Service": "lambda.amazonaws.com"}),
        trust({"AWS": ROOT}, ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/reader-*"}),
    ),
    bad=(trust({"AWS": ROOT}), trust({"AWS": [ACCOUNT]}), trust({"AWS": ROOT}, Bool={"aws:SecureTransport": "true"})),
)
def trust_not_whole_account(role: Resource) -> Iterator[Result]:
    yield from allowed(role, _judge, (TRUST,))


def _judge(statement: Statement) -> Iterator[Found]:
    for who in statement.principals.get("AWS", ()):
        if is_whole_account(who) and not limited(statement, WHO):
            yield Found(who, f"{statement.name} lets everyone in {who} take the role who may take roles")

"""An identity pool gives its roles to guests too, unless the role asks that they have signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._examples import trust
from .._identity import ROLE, allowed
from .._owners import TRUST
from .._resource import Found
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


COGNITO: Final = "cognito-identity.amazonaws.com"
POOL: Final = {"Federated": COGNITO}
WEB: Final = "sts:AssumeRoleWithWebIdentity"
HOW: Final = f"{COGNITO}:amr"
IS: Final = ("ForAnyValue:StringEquals", "ForAnyValue:StringLike", "StringEquals", "StringLike")
GUEST: Final = ("unauthenticated", "*")


@rule(
    id="iam-cognito-signed-in",
    title="Roles of an identity pool are for those who have signed in",
    applies_to=ROLE,
    severity=Severity.HIGH,
    fix=f"Add the condition ForAnyValue:StringLike {HOW} authenticated.",
    frameworks=("NIST 800-53:IA-2",),
    unique=True,
    ok=(
        trust(POOL, WEB, ForAnyValue__StringLike={HOW: "authenticated"}),
        trust({"Service": "lambda.amazonaws.com"}),
    ),
    bad=(
        trust(POOL, WEB),
        trust(POOL, WEB, ForAnyValue__StringLike={HOW: "unauthenticated"}),
        trust(POOL, WEB, ForAllValues__StringLike={HOW: "authenticated"}),
    ),
)
def cognito_signed_in(role: Resource) -> Iterator[Result]:
    yield from allowed(role, _judge, (TRUST,))


def _judge(statement: Statement) -> Iterator[Found]:
    if COGNITO not in statement.principals.get("Federated", ()):
        return
    ways = [one for operator, key, values in statement.conditions if key == HOW and operator in IS for one in values]
    if not ways or any(one in GUEST for one in ways):
        yield Found("guests", f"{statement.name} lets guests of the identity pool take the role")

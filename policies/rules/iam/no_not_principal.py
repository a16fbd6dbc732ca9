"""`NotPrincipal` with `Allow` lets in everybody but a few, those without an account included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._examples import ROOT, document, trust
from .._identity import ROLE, allowed
from .._owners import OWNED, TRUST
from .._resource import Found
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


TYPES: Final = (ROLE, *OWNED)
TOPIC: Final = "aws:sns/topicPolicy:TopicPolicy"


def _but(effect: str) -> str:
    return document({"Effect": effect, "NotPrincipal": {"AWS": ROOT}, "Action": "*", "Resource": "*"})


@rule(
    id="iam-no-not-principal",
    title="Policies of resources and roles name who is let in, not who is left out",
    applies_to=TYPES,
    severity=Severity.CRITICAL,
    fix="Replace NotPrincipal by Principal, or deny by a condition such as aws:PrincipalArn.",
    sources=("cfn-nag:F6", "cfn-nag:F7", "cfn-nag:F8", "cfn-nag:F9"),
    frameworks=("NIST 800-53:AC-3",),
    ok=(
        trust({"Service": "lambda.amazonaws.com"}),
        Of({"policy": _but("Deny")}, TOPIC),
    ),
    bad=(
        {"assumeRolePolicy": _but("Allow")},
        Of({"policy": _but("Allow")}, TOPIC),
        Of({"policyDocument": _but("Allow")}, "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"),
    ),
)
def no_not_principal(resource: Resource) -> Iterator[Result]:
    yield from allowed(resource, _judge, (OWNED.get(resource.type, TRUST),))


def _judge(statement: Statement) -> Iterator[Found]:
    if statement.not_principals:
        yield Found("NotPrincipal", f"{statement.name} allows {statement.granted} to all but a few")

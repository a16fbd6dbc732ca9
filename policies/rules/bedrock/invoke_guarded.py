"""Code that leaves the guardrail out of a call is answered without one, unless the grant asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._actions import covers
from .._examples import allows, document, policy
from .._identity import IDENTITY, documents
from .._resource import Found
from .._rule import Severity, rule
from .._scope import limited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


INVOKES: Final = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
ALL: Final = ("*", "*:*")  # `iam-no-full-access` says that
KEY: Final = "bedrock:guardrailidentifier"
NOT: Final = ("StringNotEquals", "StringNotLike", "ArnNotEquals", "ArnNotLike")
ARN: Final = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0"
GUARDRAIL: Final = {"bedrock:GuardrailIdentifier": "arn:aws:bedrock:us-east-1:000000000000:guardrail/one:1"}


def _denied(test: str, value: object) -> dict[str, str]:
    condition = {test: {"bedrock:GuardrailIdentifier": value}}
    denial = {"Effect": "Deny", "Action": "bedrock:InvokeModel*", "Resource": "*", "Condition": condition}
    return {"policy": document(allows("bedrock:InvokeModel", ARN), denial)}


@rule(
    id="bedrock-invoke-guarded",
    title="Models may be called through a guardrail only",
    applies_to=IDENTITY,
    severity=Severity.HIGH,
    fix="Add the condition bedrock:GuardrailIdentifier with the guardrail's ARN.",
    frameworks=("NIST 800-53:AC-3",),
    unique=True,
    ok=(
        policy("bedrock:InvokeModel", ARN, StringLike=GUARDRAIL),
        policy("bedrock:ApplyGuardrail", "arn:aws:bedrock:us-east-1:000000000000:guardrail/*"),
        _denied("StringNotEquals", "arn:aws:bedrock:us-east-1:000000000000:guardrail/one:1"),
        policy("*"),
    ),
    bad=(
        policy("bedrock:InvokeModel", ARN),
        policy("bedrock:Invoke*", ARN),
        policy("bedrock:InvokeModel", ARN, StringEqualsIfExists=GUARDRAIL),
        policy("bedrock:InvokeModel", ARN, StringLike={"bedrock:GuardrailIdentifier": "*"}),
        _denied("StringEquals", "arn:aws:bedrock:us-east-1:000000000000:guardrail/one:1"),
    ),
)
def invoke_guarded(resource: Resource) -> Iterator[Result]:
    yield from documents(resource, _judge)


def _judge(statements: tuple[Statement, ...]) -> Iterator[Found]:
    denials = [one for one in statements if not one.allows and "*" in one.resources and _unless_guarded(one)]
    denied = {action for one in denials for action in INVOKES for each in one.actions if covers(each, action)}
    for statement in statements:
        if not statement.allows or limited(statement, (KEY,)):
            continue
        for action in INVOKES:
            granted = any(covers(one, action) for one in statement.actions if one not in ALL)
            if granted and action not in denied:
                yield Found(action, f"{statement.name} allows {action} without a guardrail")


def _unless_guarded(denial: Statement) -> bool:
    """Whether the one thing that it asks is which guardrail the call goes through. Without one, `Not` holds."""
    return [(operator in NOT, key) for operator, key, _ in denial.conditions] == [(True, KEY)]

"""A right that no code uses helps only whoever breaks in; the code says which ones it uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._actions import covers
from .._code import FUNCTION, GRANTED, running
from .._examples import TABLE, allows, document
from .._identity import ROLE, ROLE_POLICY
from .._resource import Found, NotEvaluated, NotKnownError
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

WORKER: Final = Node(FUNCTION, "runtime-worker", {"handler": "agents.entry.worker.handler"}, {"role": "role"})
ROLE_OF_IT: Final = Node(ROLE, "role", {"name": "worker"})


def _may(*actions: str) -> Node:
    return Node(ROLE_POLICY, "policy", {"policy": document(allows([*actions], TABLE))}, {"role": "role"})


@stack_rule(
    id="iam-grant-is-used",
    title="What a function may, its code does",
    severity=Severity.MEDIUM,
    fix="Take the action out of the role, or say why it is right in delivery/data/iam_exceptions.toml.",
    frameworks=("NIST 800-53:AC-6",),
    unique=True,
    ok=(
        Together((WORKER, ROLE_OF_IT, _may("dynamodb:GetItem", "dynamodb:Query"))),
        Together(
            (Node(FUNCTION, "other", {"handler": "other.handler"}, {"role": "role"}), ROLE_OF_IT, _may("s3:Get*"))
        ),
    ),
    bad=(
        Together((WORKER, ROLE_OF_IT, _may("dynamodb:GetItem", "dynamodb:DeleteTable"))),
        Together((WORKER, ROLE_OF_IT, _may("sqs:*"))),
    ),
)
def grant_is_used(stack: Stack) -> Iterator[tuple[Member, Found] | NotEvaluated]:
    for one in running(stack):
        if isinstance(one, NotEvaluated):
            yield one
            continue
        used = {*one.needs, *one.perhaps}
        try:
            for policy, statement, action in one.granted():
                if not any(covers(action, need) for need in used) and not one.excuse(GRANTED, action):
                    message = f"{statement.name} allows {action}, and no code of the function {one.name} needs it"
                    yield policy, Found(action, message)
        except NotKnownError as error:
            yield NotEvaluated(f"{one.function.name}'s {error.path}")

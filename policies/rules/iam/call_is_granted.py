"""A call that its role does not allow fails when a user waits for it; the code says what it calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._actions import covers
from .._code import CALLED, FUNCTION, running
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
NEEDED: Final = ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query", "kms:*", "s3:*")


def _may(*actions: str) -> Node:
    return Node(ROLE_POLICY, "policy", {"policy": document(allows([*actions], TABLE))}, {"role": "role"})


@stack_rule(
    id="iam-call-is-granted",
    title="What a function's code calls, its role allows",
    severity=Severity.MEDIUM,
    fix="Add the action to the role, or say why it is right in delivery/data/iam_exceptions.toml.",
    unique=True,
    ok=(
        Together((WORKER, ROLE_OF_IT, _may(*NEEDED))),
        Together((Node(FUNCTION, "other", {"handler": "other.handler"}, {"role": "role"}), ROLE_OF_IT)),
    ),
    bad=(
        Together((WORKER, ROLE_OF_IT, _may("dynamodb:GetItem"))),
        Together((WORKER, ROLE_OF_IT)),
    ),
)
def call_is_granted(stack: Stack) -> Iterator[tuple[Member, Found] | NotEvaluated]:
    for one in running(stack):
        if isinstance(one, NotEvaluated):
            yield one
            continue
        if not one.closed:
            yield NotEvaluated(f"{one.function.name}.role")
            continue
        try:
            patterns = [action for _, _, action in one.granted()]
        except NotKnownError as error:
            yield NotEvaluated(f"{one.function.name}'s {error.path}")
            continue
        for action, why in one.needs.items():
            if not any(covers(pattern, action) for pattern in patterns) and not one.excuse(CALLED, action):
                yield one.function, Found(action, f"the role does not allow {action}, and the function {why}")

"""The execution role reads secrets and images for the agent of ECS; code that has it can read them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._containers import TASK
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together
from .._used import sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


ROLE: Final = "aws:iam/role:Role"
BOTH: Final = (Node(ROLE, "run"), Node(ROLE, "start"))


@stack_rule(
    id="ecs-roles-apart",
    title="A task's own role is not the one that starts it",
    severity=Severity.HIGH,
    fix="Make two roles: what the code may do, and what ECS needs to start it.",
    sources=("checkov:CKV_AWS_249",),
    frameworks=("NIST 800-53:AC-6", "NIST 800-53:AC-5"),
    ok=(
        Together((*BOTH, Node(TASK, "web", sources={"taskRoleArn": "run", "executionRoleArn": "start"}))),
        Together((Node(TASK, "web", {"executionRoleArn": "arn:aws:iam::000000000000:role/start"}),)),
    ),
    bad=(
        Together((*BOTH, Node(TASK, "web", sources={"taskRoleArn": "run", "executionRoleArn": "run"}))),
        Together((Node(TASK, "web", {"taskRoleArn": "arn:a", "executionRoleArn": "arn:a"}),)),
    ),
)
def roles_apart(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for task in stack.of(TASK):
        runs, starts = task.peek("taskRoleArn"), task.peek("executionRoleArn")
        of_run, of_start = sources_of(task, "taskRoleArn"), sources_of(task, "executionRoleArn")
        if of_run & of_start or (isinstance(runs, str) and runs == starts):
            yield task, "taskRoleArn and executionRoleArn are the same role"
        elif not (of_run and of_start) and UNKNOWN in (runs, starts) and None not in (runs, starts):
            yield NotEvaluated(f"{task.name}.taskRoleArn")

"""A role that the scheduler may take for any schedule is one that any schedule of any customer may try to use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._documents import MalformedError, statements
from .._joined import joined
from .._lambda import ROLE
from .._resource import NotEvaluated, NotKnownError
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

SCHEDULE: Final = "aws:scheduler/schedule:Schedule"
SERVICE: Final = "scheduler.amazonaws.com"
KEYS: Final = frozenset({"aws:sourcearn", "aws:sourceaccount"})
GROUP: Final = {
    "ArnLike": {"aws:SourceArn": "arn:aws:scheduler:us-east-1:000000000000:schedule-group/qm-runtime-dev"},
    "StringEquals": {"aws:SourceAccount": "000000000000"},
}


def _scheduled(**condition: object) -> Together:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": "sts:AssumeRole",
        "Condition": condition,
    }
    return Together(
        (
            Node(ROLE, "role", {"assumeRolePolicy": json.dumps({"Statement": [statement]})}),
            Node(SCHEDULE, "daily", {"target": {"roleArn": "arn"}}, {"target": "role"}),
        )
    )


@stack_rule(
    id="scheduler-role-for-group",
    title="The role of a schedule is for one group of one account",
    severity=Severity.HIGH,
    fix="Condition the trust on aws:SourceAccount and on aws:SourceArn, the ARN of the schedule group.",
    unique=True,
    ok=(_scheduled(**GROUP), Together(())),
    bad=(
        _scheduled(),
        _scheduled(StringEquals={"aws:SourceAccount": "000000000000"}),
        _scheduled(ArnLike=GROUP["ArnLike"]),
        _scheduled(
            StringEquals=GROUP["StringEquals"],
            ArnLike={"aws:SourceArn": "arn:aws:scheduler:*:*:schedule-group/*"},
        ),
    ),
)
def role_for_group(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for role in stack.of(ROLE):
        if not any(joined(one, "target", role) for one in stack.of(SCHEDULE)):
            continue
        try:
            for statement in statements(role, "assumeRolePolicy"):
                if not statement.allows or SERVICE not in statement.principals.get("Service", ()):
                    continue
                fixed = {key for _, key, values in statement.conditions if values and all(map(_whole, values))}
                if missing := sorted(KEYS - fixed):
                    yield (
                        role,
                        f"the scheduler's trust has no condition on {' and '.join(missing)} that names one group",
                    )
        except NotKnownError:
            yield NotEvaluated(f"{role.name}.assumeRolePolicy")
        except MalformedError as error:
            yield role, str(error)


def _whole(value: str) -> bool:
    """A schedule's name may vary, its group, region and account may not."""
    return "*" not in value.rsplit("/", 1)[0] and not value.endswith(("schedule-group/*", "schedule/*"))

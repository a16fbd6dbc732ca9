"""A loop that asks a model costs more in a night than a stack does in a month; only a budget says so in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Parameter, Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack

BUDGET: Final = "aws:budgets/budget:Budget"
ASKED: Final = {"required": True}


@stack_rule(
    id="budget-exists",
    title="The stack has a budget of its costs",
    severity=Severity.MEDIUM,
    fix="Add a monthly budget of type COST that notifies before and at its limit.",
    unique=True,
    parameters={"required": Parameter(default=False, description="Whether this stack must have one.")},
    ok=(
        Together((Node(BUDGET, "monthly", {"budgetType": "COST"}),), ASKED),
        Together((Node("aws:s3/bucket:Bucket", "data"),)),
    ),
    bad=(
        Together((Node("aws:s3/bucket:Bucket", "data"),), ASKED),
        Together((Node(BUDGET, "usage", {"budgetType": "USAGE"}),), ASKED),
    ),
)
def budget_exists(stack: Stack) -> Iterator[tuple[Member, str]]:
    if not stack.members or not stack.members[0].config["required"]:
        return
    kinds = [one.known("budgetType") for one in stack.of(BUDGET)]
    if "COST" not in kinds:
        yield stack.members[0], "no budget of type COST watches what the stack costs"

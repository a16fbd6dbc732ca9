"""A budget without a subscriber is a number that nobody is told; one without a forecast tells them too late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

SUBSCRIBERS: Final = ("subscriberEmailAddresses", "subscriberSnsTopicArns")


def _notifies(kind: str, **subscribers: list[str]) -> dict[str, object]:
    return {"notificationType": kind, "comparisonOperator": "GREATER_THAN", "threshold": 80, **subscribers}


ACTUAL: Final = _notifies("ACTUAL", subscriberSnsTopicArns=["arn"])
FORECAST: Final = _notifies("FORECASTED", subscriberEmailAddresses=["a@example.com"])


@rule(
    id="budget-notifies",
    title="Budgets tell somebody, of what was spent and of what will be",
    applies_to="aws:budgets/budget:Budget",
    severity=Severity.MEDIUM,
    fix="Add notifications of type ACTUAL and FORECASTED with an address or a topic.",
    unique=True,
    parameters={"kinds": Parameter(("ACTUAL", "FORECASTED"), "Types of notification that a budget must have.")},
    ok=(
        {"notifications": [ACTUAL, FORECAST]},
        Of({"notifications": [ACTUAL]}, config={"kinds": ["ACTUAL"]}),
    ),
    bad=(
        {},
        {"notifications": [ACTUAL]},
        {"notifications": [ACTUAL, _notifies("FORECASTED")]},
        {"notifications": [ACTUAL, _notifies("FORECASTED", subscriberEmailAddresses=[])]},
    ),
)
def budget_notifies(budget: Resource) -> Iterator[str]:
    told: set[str] = set()
    for path in budget.each("notifications"):
        if any(_somebody(budget, f"{path}.{key}") for key in SUBSCRIBERS):
            told.add(budget.text(f"{path}.notificationType"))
        else:
            yield f"{path} has no subscriber"
    for kind in budget.config["kinds"]:
        if kind not in told:
            yield f"no notification of type {kind} reaches anybody"


def _somebody(budget: Resource, path: str) -> bool:
    value = budget.peek(path)
    return value is UNKNOWN or (value is not None and len(value) > 0)

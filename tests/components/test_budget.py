"""A budget of one stack's own costs, which warns before the month is over."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from delivery.recorder import Recording

Program: TypeAlias = "Callable[..., Recording]"
BUDGET = "aws:budgets/budget:Budget"
SOURCE = """
from components.budget import Budget, BudgetArgs

Budget(
    "budget",
    BudgetArgs(names=names, project="supply", amount_usd=100, topic=arns.topic("qm-alarms-dev"), emails={emails!r}),
    opts,
)
"""
EMAILS = [f"person{number}@example.com" for number in range(12)]


def budget(recording: Recording) -> Mapping[str, Any]:
    (one,) = recording.of_type(BUDGET)
    return one.values


@pytest.mark.must_have("budget", "It counts what carries the stack's Project and Environment tags, and nothing else")
def test_the_budget_counts_one_environment_of_one_project(program: Program) -> None:
    """Another environment of the project, or another project's dev, does not use it up."""
    values = budget(program(SOURCE.format(emails=[]), stack="staging"))
    assert values["name"] == "qm-monthly-staging-us-east-1"
    assert (values["budgetType"], values["timeUnit"], values["limitAmount"]) == ("COST", "MONTHLY", "100.0")
    assert values["costFilters"] == [
        {"name": "TagKeyValue", "values": ["user:Project$supply", "user:Environment$staging"]},
    ]


@pytest.mark.must_have("budget", "It warns at 80 % and 100 % spent, and when 100 % is forecast")
@pytest.mark.parametrize("emails", [[], EMAILS[:1], EMAILS], ids=["none", "one", "twelve"])
def test_people_are_told_by_topic_and_by_mail(program: Program, emails: list[str]) -> None:
    """Each warning goes to the topic and to as many addresses as AWS Budgets takes."""
    told = budget(program(SOURCE.format(emails=emails)))["notifications"]
    assert [(one["threshold"], one["notificationType"]) for one in told] == [
        (80, "ACTUAL"),
        (100, "ACTUAL"),
        (100, "FORECASTED"),
    ]
    for one in told:
        assert one["subscriberSnsTopicArns"] == ["arn:aws:sns:us-east-1:123456789012:qm-alarms-dev"]
        assert one["subscriberEmailAddresses"] == emails[:10]


def test_the_budget_is_one_resource(program: Program) -> None:
    """A component with one child, registered whole."""
    recording = program(SOURCE.format(emails=EMAILS[:2]))
    (parent,) = recording.of_type("quartermaster:budget:Budget")
    assert parent.urn in recording.completed
    assert Counter(one.type for one in recording.registrations if one.parent == parent.urn) == {BUDGET: 1}


def test_the_budget_waits_until_it_may_publish(recorded: Callable[[str], Recording]) -> None:
    """AWS tries the topic when the budget is made, and refuses one whose policy does not let it in."""
    (one,) = recorded("prod").of_type(BUDGET)
    waits = {urn.rpartition("::")[2] for urn in one.property_dependencies["notifications"]}
    assert waits == {"monitoring-topic-policy"}

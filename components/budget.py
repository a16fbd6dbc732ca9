"""What the stack may cost a month, and who is told before it costs more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from .naming import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .naming import Names

# Per cent of the budget, of what was spent or of what is forecast for the whole month.
WARNINGS: Final = ((80, "ACTUAL"), (100, "ACTUAL"), (100, "FORECASTED"))
# A notification goes to one topic and at most ten addresses; the topic reaches the others.
# https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_CreateBudget.html
_MOST_EMAILS: Final = 10


def cost_filter(tags: Mapping[str, str]) -> dict[str, object]:
    """Costs that carry all of the tags.

    Not a `filter_expression`: the provider makes budgets of it whose metrics are empty, and never sees them equal
    again (https://github.com/hashicorp/terraform-provider-aws/issues/46866).
    """
    return {"name": "TagKeyValue", "values": [f"user:{key}${value}" for key, value in tags.items()]}


def notifications(topic: pulumi.Input[str], emails: Sequence[str]) -> list[dict[str, object]]:
    """One for each warning; addresses are told directly too, since they need not have confirmed the topic."""
    return [
        {
            "comparison_operator": "GREATER_THAN",
            "threshold": percent,
            "threshold_type": "PERCENTAGE",
            "notification_type": kind,
            "subscriber_sns_topic_arns": [topic],
            "subscriber_email_addresses": list(emails[:_MOST_EMAILS]),
        }
        for percent, kind in WARNINGS
    ]


@dataclass(frozen=True, kw_only=True)
class BudgetArgs:
    names: Names
    project: str  # value of the tag Project
    amount_usd: int  # a month
    topic: pulumi.Input[str]  # ARN; its policy, and that of its key, let budgets.amazonaws.com publish
    emails: Sequence[str]


class Budget(pulumi.ComponentResource):
    """A monthly budget over what carries the stack's Project and Environment tags.

    AWS counts a tag only once it is activated as a cost allocation tag, which the account that pays does once for all
    of its accounts (Billing, Cost allocation tags); until then this budget reads zero. That is why no stack does it.
    """

    budget_name: str

    def __init__(self, name: str, args: BudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:budget:Budget", name, {}, opts)
        self.budget_name = args.names.name(Kind.BUDGET, "monthly")
        aws.budgets.Budget(
            f"{name}-monthly",
            name=self.budget_name,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=f"{args.amount_usd}.0",  # as the service gives it back
            limit_unit="USD",
            cost_filters=[cost_filter({"Project": args.project, "Environment": args.names.environment})],
            notifications=notifications(args.topic, args.emails),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"budget_name": self.budget_name})

"""The estimate: known prices times stated usage, and everything else named as unknown."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from delivery.plan import FOLDER
from delivery.recorder import record
from delivery.reports.cost import by_type, estimate
from delivery.reports.prices import table
from delivery.reports.quantities import COUNTS
from delivery.stack_files import read_stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from delivery.plan import Plan
    from delivery.reports.cost import Cost
    from delivery.reports.prices import Price

PRICES = [price for own in table().prices.values() for price in own]
NAT = """
aws.ec2.NatGateway("nat", subnet_id="subnet-1", opts=opts)
"""
ENDPOINTS = """
aws.ec2.VpcEndpoint("athena", vpc_id="vpc-1", service_name="x", vpc_endpoint_type="Interface",
                    subnet_ids=["a", "b", "c"], opts=opts)
aws.ec2.VpcEndpoint("s3", vpc_id="vpc-1", service_name="y", vpc_endpoint_type="Gateway", opts=opts)
"""
ALARM = """
aws.cloudwatch.MetricAlarm("ratio", comparison_operator="GreaterThanThreshold", evaluation_periods=1, threshold=1,
    metric_queries=[
        {"id": "r", "expression": "a / b", "return_data": True},
        {"id": "a", "metric": {"metric_name": "A", "period": 300, "stat": "Sum"}},
        {"id": "b", "metric": {"metric_name": "B", "period": 10, "stat": "Sum"}},
    ], opts=opts)
"""
WARM = """
function = aws.lambda_.Function("f", name="f", role="r", architectures=["arm64"], memory_size=512, opts=opts)
aws.lambda_.ProvisionedConcurrencyConfig("warm", function_name="f", qualifier="live",
                                         provisioned_concurrent_executions=2, opts=opts)
aws.lambda_.ProvisionedConcurrencyConfig("other", function_name="elsewhere", qualifier="live",
                                         provisioned_concurrent_executions=2, opts=opts)
"""


def item(cost: Cost, type_: str, words: str) -> str:
    (found,) = [one.monthly for one in cost.items if one.type.endswith(f":{type_}") and one.item == words]
    return found


@pytest.mark.parametrize("price", PRICES, ids=lambda one: f"{one.type} {one.item}")
def test_a_price_has_its_source_or_is_unknown(price: Price) -> None:
    """Where it was seen, and when; without that there is no figure."""
    assert price.page.startswith("https://aws.amazon.com/")
    assert price.count in COUNTS
    assert price.usage in table().usage
    if price.amount is None:
        assert (price.source, price.date) == ("", "")
    else:
        assert price.amount > 0
        assert price.source.startswith("https://")
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", price.date)
        assert price.date <= table().date


def test_about_thirty_types_have_a_price() -> None:
    """Those that cost most; none of them is also listed as free."""
    assert len(table().prices) >= 28
    assert not table().free & table().prices.keys()


def test_every_assumption_is_stated_in_words() -> None:
    """And no usage is kept that no price reads."""
    assert {one.usage for one in PRICES} == set(table().usage)
    assert all(one.means for one in table().usage.values())


def test_hours_are_those_of_a_month(planned: Callable[..., Plan]) -> None:
    """730 hours at 0.045 USD."""
    cost = estimate(planned(more=NAT).recording)
    assert item(cost, "NatGateway", "hours") == "32.85"
    assert cost.currency == "USD"
    assert cost.assumptions["hours in a month"] == "730"


def test_an_interface_endpoint_pays_for_each_zone(planned: Callable[..., Plan]) -> None:
    """Three zones at 0.01 USD an hour; a gateway endpoint is free."""
    cost = estimate(planned(more=ENDPOINTS).recording)
    assert item(cost, "VpcEndpoint", "hours in each zone") == "21.90"
    assert [one.resources for one in cost.items if one.item == "hours in each zone"] == [1]


def test_an_alarm_pays_for_the_metrics_that_it_reads(planned: Callable[..., Plan]) -> None:
    """Not for expressions; a period under a minute is dearer."""
    cost = estimate(planned(more=ALARM).recording)
    assert item(cost, "MetricAlarm", "metrics watched") == "0.10"
    assert item(cost, "MetricAlarm", "metrics watched, high resolution") == "0.30"


def test_concurrency_kept_warm_has_the_memory_of_its_function(planned: Callable[..., Plan]) -> None:
    """Two instances of half a GB for 2,628,000 s; for a function of another stack it is unknown."""
    cost = estimate(planned(more=WARM).recording)
    assert item(cost, "ProvisionedConcurrencyConfig", "kept warm, arm64") == "8.76"
    unknown = {(one.item, one.resources) for one in cost.unknown if "Provisioned" in one.type}
    assert unknown == {("kept warm, arm64", 1), ("kept warm, x86_64", 1)}


def test_a_type_without_a_price_is_named_and_not_guessed(planned: Callable[..., Plan]) -> None:
    """The sum is of what is known."""
    before = estimate(planned().recording)
    after = estimate(planned(more='aws.dax.Cluster("dax", cluster_name="c", iam_role_arn="r", node_type="n",'
                                  " replication_factor=1, opts=opts)\n").recording)  # fmt: skip
    assert [(one.type, one.resources) for one in after.unknown if one not in before.unknown] == [
        ("aws:dax/cluster:Cluster", 1)
    ]
    assert after.monthly == before.monthly


def test_another_region_is_labelled(planned: Callable[..., Plan]) -> None:
    """Prices of us-east-1 stand in for it, and the estimate says so."""
    assert estimate(planned().recording).priced_as == ""
    elsewhere = estimate(planned('region="us-east-1"', 'region="eu-west-1"').recording)
    assert (elsewhere.regions, elsewhere.priced_as) == (("eu-west-1",), "us-east-1")


def test_the_sum_is_that_of_its_items() -> None:
    """Cents are cents: decimal, never floating. The dearest type of production is its way out."""
    cost = estimate(record(FOLDER, read_stack(FOLDER, "prod")))
    assert Decimal(cost.monthly) == sum(Decimal(one.monthly) for one in cost.items)
    assert by_type(cost)[0][0] == "aws:ec2/natGateway:NatGateway"
    assert all(re.fullmatch(r"\d+\.\d\d", one.monthly) for one in cost.items)


def test_every_type_that_ships_is_priced_free_or_named() -> None:
    """Few are unknown, so that the sum means something."""
    cost = estimate(record(FOLDER, read_stack(FOLDER, "prod")))
    whole = {one.type for one in cost.unknown if not one.item}
    assert len(whole) <= 5, whole

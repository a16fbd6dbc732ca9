"""`lambda-two-zones` counts the zones of subnets that the stack itself makes."""

from __future__ import annotations

from datetime import date

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policies.rules._exemptions import Ledger
from policies.rules._lambda import FUNCTION
from policies.rules._resource import NotEvaluated
from policies.rules._stack import Member, Stack
from policies.rules.lambda_.two_zones import SUBNET, two_zones


def found(*zones: str) -> list[tuple[str, str] | NotEvaluated]:
    """What is said of a function in subnets of these zones, whose ids no preview knows."""
    subnets = [
        Member(
            type=SUBNET, name=f"s{n}", urn=f"urn::{n}", properties=unknown_checking_proxy({"availabilityZone": zone})
        )
        for n, zone in enumerate(zones)
    ]
    function = Member(
        type=FUNCTION,
        name="api",
        urn="urn::api",
        properties=unknown_checking_proxy({"vpcConfig": {"subnetIds": UNKNOWN_STRING_VALUE}}),
        config={"least": 2},
        sources={"vpcConfig": frozenset(one.urn for one in subnets)},
    )
    stack = Stack(ledger=Ledger(exemptions=(), today=date.min), members=(*subnets, function))
    results = two_zones.check(stack)  # type: ignore[arg-type]  # it is a rule about several resources
    return [one if isinstance(one, NotEvaluated) else (one[0].name, one[1]) for one in results]  # type: ignore[union-attr, misc]  # as above


def test_two_subnets_of_two_zones_are_enough() -> None:
    """The ids need not be known."""
    assert found("us-east-1a", "us-east-1b") == []


def test_two_subnets_of_one_zone_are_one_zone() -> None:
    """Counting subnets would pass this."""
    assert found("us-east-1a", "us-east-1a") == [("api", "it runs in 1 zone, at least 2 are asked for")]


@pytest.mark.parametrize("zones", [(), ("us-east-1a", UNKNOWN_STRING_VALUE)])
def test_zones_that_nobody_knows_are_not_judged(zones: tuple[str, ...]) -> None:
    """Neither subnets of another stack nor zones that AWS chooses."""
    assert found(*zones) == [NotEvaluated("api.vpcConfig.subnetIds")]

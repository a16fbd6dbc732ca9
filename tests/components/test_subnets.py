"""Which part of a VPC's range each subnet gets."""

from __future__ import annotations

import ipaddress
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.subnets import LARGEST, MAX_ZONES, SMALLEST, Subnet, subnets

ranges = st.builds(
    lambda address, length: str(ipaddress.IPv4Network((address, length), strict=False)),
    st.integers(0, 2**32 - 1),
    st.integers(LARGEST, SMALLEST),
)
zones = st.integers(1, MAX_ZONES)


def network(subnet: Subnet) -> ipaddress.IPv4Network:
    return ipaddress.IPv4Network(subnet.cidr)


@given(ranges, zones)
def test_each_zone_has_one_subnet_of_each_kind(cidr: str, count: int) -> None:
    """Names are unique, and say kind and zone."""
    planned = subnets(cidr, count)
    assert {(one.zone, one.public) for one in planned} == {
        (n, public) for n in range(count) for public in (True, False)
    }
    assert len({one.name for one in planned}) == len(planned) == 2 * count


@given(ranges, zones)
def test_subnets_lie_inside_the_range_and_apart(cidr: str, count: int) -> None:
    """No address belongs to two subnets, or to none of the VPC's."""
    planned = [network(one) for one in subnets(cidr, count)]
    assert all(one.subnet_of(ipaddress.IPv4Network(cidr)) for one in planned)
    assert not any(one.overlaps(other) for one, other in combinations(planned, 2))


@given(ranges, zones)
def test_every_subnet_is_large_enough_for_aws(cidr: str, count: int) -> None:
    """AWS takes /16 to /28; a private subnet, where functions run, is four times its zone's public one."""
    planned = subnets(cidr, count)
    assert all(network(one).prefixlen <= 28 for one in planned)
    for zone in range(count):
        private, public = (network(one) for one in planned if one.zone == zone)
        assert private.num_addresses == 4 * public.num_addresses


@given(ranges)
def test_a_zone_more_moves_no_subnet(cidr: str) -> None:
    """The plan for fewer zones is part of the plan for more, so what runs in a subnet stays where it is."""
    one, two, three = (set(subnets(cidr, count)) for count in (1, 2, 3))
    assert one < two < three


def test_the_plan_of_the_default_range() -> None:
    """As a reader would draw it."""
    assert {one.name: one.cidr for one in subnets("10.40.0.0/20", 3)} == {
        "private-a": "10.40.0.0/22",
        "private-b": "10.40.4.0/22",
        "private-c": "10.40.8.0/22",
        "public-a": "10.40.12.0/24",
        "public-b": "10.40.13.0/24",
        "public-c": "10.40.14.0/24",
    }


@pytest.mark.parametrize(
    ("cidr", "count", "words"),
    [
        ("10.0.0.0/15", 1, "not between /16 and /24"),
        ("10.0.0.0/25", 1, "not between /16 and /24"),
        ("10.0.0.0/20", 0, "0 zones are not 1 to 3"),
        ("10.0.0.0/20", 4, "4 zones are not 1 to 3"),
        ("10.0.0.1/20", 1, "host bits"),
    ],
)
def test_what_cannot_be_cut_is_refused(cidr: str, count: int, words: str) -> None:
    """The settings refuse all of these before; the planner does not guess either."""
    with pytest.raises(ValueError, match=words):
        subnets(cidr, count)

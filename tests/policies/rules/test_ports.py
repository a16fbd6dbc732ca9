"""What the reader of security groups makes of a rule, whichever way it is written."""

from __future__ import annotations

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policies.rules._ports import GROUP, INGRESS, RULE, Opening, anywhere, openings
from policies.rules._resource import NotEvaluated, Resource


def read(kind: str, **properties: object) -> list[Opening | NotEvaluated]:
    properties = unknown_checking_proxy(properties)
    return list(openings(Resource(type=kind, name="web", urn="urn", properties=properties), "ingress"))


def words(kind: str, **properties: object) -> list[str]:
    return [str(one) for one in read(kind, **properties)]


@pytest.mark.parametrize("place", ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "::/1", "2000::/3", "64.0.0.0/7"])
def test_halves_of_the_internet_are_the_internet(place: str) -> None:
    """Two rules for a half each must not pass where one for the whole would not."""
    assert anywhere(place)


@pytest.mark.parametrize(
    "place", ["10.0.0.0/8", "203.0.113.7/32", "2001:db8::/32", "fd00::/16", "", "pl-123", "0.0.0.0/99"]
)
def test_a_range_of_ones_own_is_not_the_internet(place: str) -> None:
    """Nor is what is no range of addresses, which the provider refuses."""
    assert not anywhere(place)


def test_the_three_ways_to_write_a_rule_are_the_same_opening() -> None:
    """Inline, as a rule of the older type, and as one of the newer."""
    inline = words(
        GROUP, ingress=[{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["10.0.0.0/8", "0.0.0.0/0"]}]
    )
    older = words(RULE, type="ingress", protocol="6", fromPort="22", toPort="22", ipv6CidrBlocks=["::/0"])
    newer = words(INGRESS, ipProtocol="tcp", fromPort=22, toPort=22, cidrIpv4="0.0.0.0/0")
    assert inline == older == newer == ["port 22"]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"ipProtocol": "-1"}, "all ports"),
        ({"ipProtocol": "tcp"}, "all ports"),
        ({"ipProtocol": "tcp", "fromPort": 0, "toPort": 65_535}, "all ports"),
        ({"ipProtocol": "tcp", "fromPort": 1, "toPort": 65_535}, "all ports"),
        ({"ipProtocol": "udp", "fromPort": 1_000, "toPort": 2_000}, "ports 1000 to 2000"),
        ({"ipProtocol": "icmp", "fromPort": 8, "toPort": 0}, "a protocol without ports"),
    ],
)
def test_ports_are_said_in_words(rule: dict[str, object], said: str) -> None:
    """A rule for all ports but one is one for all: nothing worth attacking is left out."""
    assert words(INGRESS, cidrIpv4="0.0.0.0/0", **rule) == [said]


def test_what_is_known_to_be_open_is_said_though_another_range_is_unknown() -> None:
    """One range of the internet suffices, whatever the others turn out to be."""
    (one,) = read(
        GROUP,
        ingress=[{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": [UNKNOWN_STRING_VALUE, "0.0.0.0/0"]}],
    )
    assert isinstance(one, Opening)
    assert one.place == "0.0.0.0/0"


@pytest.mark.parametrize("unknown", ["cidrIpv4", "ipProtocol", "fromPort", "toPort"])
def test_a_rule_with_an_unknown_part_is_not_taken_for_closed(unknown: str) -> None:
    """It is named, so that the rule about it says "not evaluated"."""
    rule = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIpv4": "0.0.0.0/0", unknown: UNKNOWN_STRING_VALUE}
    assert read(INGRESS, **rule) == [NotEvaluated(unknown)]


def test_an_unknown_part_of_a_rule_for_one_group_does_not_matter() -> None:
    """Where no range of addresses is named, nobody of the internet gets in."""
    assert read(INGRESS, referencedSecurityGroupId=UNKNOWN_STRING_VALUE, ipProtocol="-1") == []

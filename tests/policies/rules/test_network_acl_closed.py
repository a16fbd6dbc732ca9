"""What `ec2-network-acl-closed` sees beyond its examples."""

from __future__ import annotations

from policies.rules._resource import Resource
from policies.rules.ec2.network_acl_closed import ACL, network_acl_closed

ALLOW = {"ruleNo": 100, "action": "allow", "protocol": "-1", "cidrBlock": "0.0.0.0/0"}
DENY = {"action": "deny", "protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlock": "0.0.0.0/0"}


def found(*entries: dict[str, object]) -> list[object]:
    acl = Resource(type=ACL, name="acl", urn="urn", properties={"ingress": list(entries)})
    return list(network_acl_closed.check(acl))  # type: ignore[arg-type]  # it is a rule about one resource


def test_the_first_entry_that_fits_decides() -> None:
    """A port that a lower number denies is closed, whatever a higher one allows."""
    assert found(ALLOW, DENY | {"ruleNo": 90, "toPort": 3389}) == []


def test_a_denial_that_comes_too_late_closes_nothing() -> None:
    """The order is that of the numbers, not of the list."""
    (message,) = found(DENY | {"ruleNo": 200, "toPort": 3389}, ALLOW)
    assert "22, 3389" in str(message)


def test_a_denial_of_one_port_leaves_the_other_open() -> None:
    """Each port is judged by itself."""
    (message,) = found(DENY | {"ruleNo": 90}, ALLOW)
    assert str(message).endswith("reach 3389")


def test_a_denial_of_older_addresses_leaves_the_newer_in() -> None:
    """An entry is for one kind of address only."""
    newer = {"ruleNo": 110, "action": "allow", "protocol": "-1", "ipv6CidrBlock": "::/0"}
    assert found(DENY | {"ruleNo": 90, "toPort": 3389}, newer)

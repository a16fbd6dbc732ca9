"""What security groups let through, from the three ways to write it.

A group may hold its rules itself, or each rule is a resource: `ec2.SecurityGroupRule`, or the newer
`vpc.SecurityGroupIngressRule` and `vpc.SecurityGroupEgressRule`.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ._resource import UNKNOWN, NotEvaluated
from ._scalars import amount, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ._resource import Resource

GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP: Final = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
INBOUND: Final = (GROUP, RULE, INGRESS, DEFAULT_GROUP)
OUTBOUND: Final = (GROUP, RULE, EGRESS, DEFAULT_GROUP)

# Ports that administer machines or hold data -> what listens there.
RISKY: Final[Mapping[int, str]] = {
    20: "FTP",
    21: "FTP",
    22: "SSH",
    23: "Telnet",
    25: "SMTP",
    110: "POP3",
    135: "RPC",
    143: "IMAP",
    389: "LDAP",
    445: "CIFS",
    1433: "SQL Server",
    1434: "SQL Server",
    1521: "Oracle",
    2375: "Docker",
    2376: "Docker",
    2379: "etcd",
    2483: "Oracle",
    3306: "MySQL",
    3389: "RDP",
    5432: "PostgreSQL",
    5439: "Redshift",
    5601: "Kibana",
    5900: "VNC",
    5985: "WinRM",
    5986: "WinRM",
    6379: "Redis",
    6443: "Kubernetes",
    7199: "Cassandra",
    8888: "Cassandra",
    9042: "Cassandra",
    9092: "Kafka",
    9160: "Cassandra",
    9200: "Elasticsearch",
    9300: "Elasticsearch",
    10250: "Kubernetes",
    11211: "Memcached",
    27017: "MongoDB",
    27018: "MongoDB",
}
_EVERY: Final = ("-1", "all")
_PORTED: Final = ("tcp", "udp", "6", "17", "sctp", "132")
_LAST: Final = 65_535
_BROADEST: Final = {4: 8, 6: 16}  # prefix lengths; a broader range is the internet


@dataclass(frozen=True, kw_only=True)
class Opening:
    """One rule that lets the internet in, or out to it."""

    path: str  # of the rule in the resource; empty: the resource itself
    place: str  # the range of addresses
    first: int
    last: int
    whole: bool  # every protocol, or every port of one
    ported: bool  # its protocol has ports

    def __str__(self) -> str:
        """The ports in words."""
        if self.whole:
            return "all ports"
        if not self.ported:
            return "a protocol without ports"
        return f"port {self.first}" if self.first == self.last else f"ports {self.first} to {self.last}"


def anywhere(place: str) -> bool:
    """Whether a range of addresses is the internet, or nearly."""
    try:
        network = ipaddress.ip_network(place, strict=False)
    except ValueError:
        return False
    return network.prefixlen < _BROADEST[network.version]


def openings(resource: Resource, direction: str) -> Iterator[Opening | NotEvaluated]:
    """What the resource lets in from the internet (`ingress`), or out to it (`egress`)."""
    if resource.type in {GROUP, DEFAULT_GROUP}:
        if resource.peek(direction) is UNKNOWN:
            yield NotEvaluated(direction)
            return
        for path in resource.each(direction):
            yield from _of(resource, f"{path}.", ("cidrBlocks", "ipv6CidrBlocks"), "protocol")
        return
    if resource.type == RULE:
        kind = resource.peek("type")
        if kind is UNKNOWN:
            yield NotEvaluated("type")
        elif kind == direction:
            yield from _of(resource, "", ("cidrBlocks", "ipv6CidrBlocks"), "protocol")
        return
    yield from _of(resource, "", ("cidrIpv4", "cidrIpv6"), "ipProtocol")


def _of(resource: Resource, at: str, ranges: tuple[str, ...], key: str) -> Iterator[Opening | NotEvaluated]:
    read = {name: texts(resource, f"{at}{name}") for name in ranges}
    place = next((one for many in read.values() for one in many.values if anywhere(one)), None)
    if place is None:
        yield from (NotEvaluated(f"{at}{name}") for name, many in read.items() if many.unknown)
        return
    protocol, first, last = (resource.peek(f"{at}{name}") for name in (key, "fromPort", "toPort"))
    for name, value in ((key, protocol), ("fromPort", first), ("toPort", last)):
        if value is UNKNOWN:
            yield NotEvaluated(f"{at}{name}")
            return
    word = str(protocol).lower()
    low, high = int(amount(first) or 0), int(amount(last) or 0)
    ported = word in _PORTED
    # With a protocol of its own number and no ports, a rule lets all of it through.
    whole = word in _EVERY or (ported and (high - low >= _LAST - 1 or first is None))
    yield Opening(path=at.rstrip("."), place=place, first=low, last=high, whole=whole, ported=ported)

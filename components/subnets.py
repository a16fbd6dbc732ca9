"""Which part of a VPC's range each subnet gets: the plan does not move when a zone is added.

The range is cut in four. Zones take one quarter each for their private subnet; the last quarter is cut in four again,
one part a zone for its public subnet, and the rest is spare.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

MAX_ZONES: Final = 3
LARGEST: Final = 16  # prefix lengths that a VPC may have, and that leave a subnet of 16 addresses, which is the least
SMALLEST: Final = 24
_QUARTER: Final = 2  # bits


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet: the number of its zone from 0, and its range."""

    zone: int
    public: bool
    cidr: str

    @property
    def name(self) -> str:
        """`private-a`, as zones are called."""
        return f"{'public' if self.public else 'private'}-{'abc'[self.zone]}"


def subnets(cidr: str, zones: int) -> tuple[Subnet, ...]:
    """Private and public subnets of the first `zones` zones. Raises ValueError for a range that cannot be cut."""
    network = ipaddress.IPv4Network(cidr)
    if not LARGEST <= network.prefixlen <= SMALLEST:
        raise ValueError(f"{cidr} is not between /{LARGEST} and /{SMALLEST}")
    if not 1 <= zones <= MAX_ZONES:
        raise ValueError(f"{zones} zones are not 1 to {MAX_ZONES}")
    *private, last = network.subnets(prefixlen_diff=_QUARTER)
    public = last.subnets(prefixlen_diff=_QUARTER)
    return tuple(
        Subnet(zone=zone, public=is_public, cidr=str(part))
        for is_public, parts in ((False, private), (True, public))
        for zone, part in zip(range(zones), parts, strict=False)
    )

"""Conflicts of what reaches the stack and what it reaches: network, API, firewall, outbound URLs."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from .capabilities import zones_of
from .sections import Agents, Api, Environment, Features, Networking, Section
from .subnets import LARGEST, SMALLEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conflicts import Conflict, Given

_PRIVATE: Final = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_EXAMPLE: Final = "10.40.0.0/20"


def _own_network(given: Given, environment: Environment, features: Features, network: Networking) -> Iterator[Conflict]:
    if network.vpc_id or network.subnet_ids:
        yield from _existing_network(given, features, network)
        return
    yield from _range(network)
    zones = zones_of(environment.region)
    if network.zones > zones:
        yield "networking.zones", f"{network.zones} is above what {environment.region} has; write 1 to {zones}"
    if network.nat_count > network.zones:
        yield (
            "networking.nat_count",
            f"{network.nat_count} is above the number of zones; write {network.zones} or less, or more zones",
        )
    if features.vpc and features.multi_az and network.zones < _SEVERAL:
        yield "networking.zones", f"{network.zones} is not several, as features.multi_az asks; write 2 or 3"
    if features.vpc and not network.nat_count:
        yield (
            "networking.nat_count",
            "0 leaves functions without a way to the user pool's keys, which no endpoint serves; write 1 or more",
        )


def _existing_network(given: Given, features: Features, network: Networking) -> Iterator[Conflict]:
    if not features.vpc:
        yield "networking.vpc_id", "is given, but features.vpc is false; write features.vpc: true, or remove it"
    if not network.vpc_id:
        yield "networking.vpc_id", "is missing beside subnet_ids; for example vpc-0a1b2c3d4e5f60718"
    if not network.subnet_ids:
        yield "networking.subnet_ids", "is missing beside vpc_id; for example [subnet-0a1b2c3d4e5f60718]"
    elif features.multi_az and len(set(network.subnet_ids)) < _SEVERAL:
        yield "networking.subnet_ids", "features.multi_az asks for subnets in several zones; name at least two"
    if "networking.cidr" in given.keys:
        yield "networking.cidr", "is for a VPC of the stack's own; remove it, or vpc_id"


def _range(network: Networking) -> Iterator[Conflict]:
    own = _parsed(network.cidr)
    if isinstance(own, str):
        yield "networking.cidr", own
        return
    if not LARGEST <= own.prefixlen <= SMALLEST:
        size = "large" if own.prefixlen < LARGEST else "small"
        words = f"{own} is too {size} for a VPC with a private and a public subnet in each zone"
        yield "networking.cidr", f"{words}; write /{LARGEST} to /{SMALLEST}, for example {_EXAMPLE}"
    if not any(own.subnet_of(private) for private in _PRIVATE):
        yield "networking.cidr", f"{own} is not a private range; for example {_EXAMPLE}"
    for place, text in enumerate(network.taken):
        taken = _parsed(text)
        if isinstance(taken, str):
            yield f"networking.taken.{place}", taken
        elif own.overlaps(taken):
            yield "networking.cidr", f"{own} overlaps {taken}, which is taken; write a range beside it"


def _parsed(text: str) -> ipaddress.IPv4Network | str:
    """The range, or what is wrong with it."""
    try:
        return ipaddress.IPv4Network(text)
    except ValueError as error:
        try:
            meant = ipaddress.IPv4Network(text, strict=False)
        except ValueError:
            return f"{text} is not a range: {error}; for example {_EXAMPLE}"
        return f"{text} has bits after its prefix; write {meant}"


def _api(_: Given, environment: Environment, features: Features, api: Api) -> Iterator[Conflict]:
    if features.waf and not features.api:
        yield "features.waf", "there is no API for the firewall to stand before; write false, or features.api: true"
    if api.burst < api.throttle:
        yield "api.burst", f"{api.burst} is less than throttle; write {api.throttle} or more"
    if bool(api.domain) != bool(api.certificate):
        missing, example = ("certificate", "its ARN in ACM") if api.domain else ("domain", "agents.example.com")
        yield f"api.{missing}", f"is missing beside its other half; write {example}"
    if api.certificate and api.certificate.split(":")[3] != environment.region:
        yield "api.certificate", f"is not in {environment.region}, where a regional API needs it; make one there"
    if api.domain and not features.api:
        yield "api.domain", "there is no API to name; remove it, or write features.api: true"


def _outbound(_: Given, agents: Agents) -> Iterator[Conflict]:
    for place, url in enumerate(agents.outbound_urls):
        host = urlsplit(url).hostname or ""
        if _inside(host):
            words = f"{host} is inside a network, or names a machine's own services; write a public host"
            yield f"agents.outbound_urls.{place}", f"{words}, for example https://models.example.com/v1"


def _inside(host: str) -> bool:
    """Whether a host is private, of the machine itself, or where clouds keep their metadata."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".internal", ".local", ".localhost", ".home.arpa"))


_SEVERAL: Final = 2
REACH_CHECKS: Final[tuple[tuple[Callable[..., Iterator[Conflict]], tuple[type[Section], ...]], ...]] = (
    (_own_network, (Environment, Features, Networking)),
    (_api, (Environment, Features, Api)),
    (_outbound, (Agents,)),
)

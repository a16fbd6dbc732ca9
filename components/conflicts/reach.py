"""Conflicts of what reaches the stack and what it reaches: network, API, firewall, outbound URLs."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from components.capabilities import zones_of
from components.sections import Agents, Api, Environment, Features, Networking
from components.subnets import LARGEST, SMALLEST

from .base import foreign, twice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .base import Check, Conflict, Given

_PRIVATE: Final = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_EXAMPLE: Final = "10.40.0.0/20"
_SEVERAL: Final = 2
_MOST_PORT: Final = 65_535
_HIDDEN: Final = (".internal", ".local", ".localhost", ".localdomain", ".home.arpa")


def _own_network(given: Given, environment: Environment, features: Features, network: Networking) -> Iterator[Conflict]:
    if network.vpc_id or network.subnet_ids:
        yield from _existing_network(given, features, network)
        return
    yield from _unused(given, features)
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


def _unused(given: Given, features: Features) -> Iterator[Conflict]:
    if features.vpc:
        return
    if named := given.below("networking"):
        yield named[0], "is given, but features.vpc is false; write features.vpc: true, or remove networking"
    if "features.multi_az" in given.keys and features.multi_az:
        yield "features.multi_az", "there is no VPC to have zones; write features.vpc: true, or remove it"


def _existing_network(given: Given, features: Features, network: Networking) -> Iterator[Conflict]:
    if not features.vpc:
        yield "networking.vpc_id", "is given, but features.vpc is false; write features.vpc: true, or remove it"
    if not network.vpc_id:
        yield "networking.vpc_id", "is missing beside subnet_ids; for example vpc-0a1b2c3d4e5f60718"
    if not network.subnet_ids:
        yield "networking.subnet_ids", "is missing beside vpc_id; for example [subnet-0a1b2c3d4e5f60718]"
    elif features.multi_az and len(set(network.subnet_ids)) < _SEVERAL:
        yield "networking.subnet_ids", "features.multi_az asks for subnets in several zones; name at least two"
    yield from twice("networking.subnet_ids", network.subnet_ids)
    for key in ("cidr", "nat_count", "taken", "zones"):
        if f"networking.{key}" in given.keys:
            yield f"networking.{key}", "is for a VPC of the stack's own; remove it, or vpc_id"


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


def _api(given: Given, environment: Environment, features: Features, api: Api) -> Iterator[Conflict]:
    if features.waf and not features.api:
        yield "features.waf", "there is no API for the firewall to stand before; write false, or features.api: true"
    if not features.api and (named := given.below("api")):
        yield named[0], "is given, but features.api is false; write features.api: true, or remove it"
    if api.quota and api.quota < api.burst:
        words = f"{api.quota} a day is less than the burst of {api.burst}, so one second could use up a key's day"
        yield "api.quota", f"{words}; write {api.burst} or more, or 0"
    if api.burst < api.throttle:
        yield "api.burst", f"{api.burst} is less than throttle; write {api.throttle} or more"
    if bool(api.domain) != bool(api.certificate):
        missing, example = ("certificate", "its ARN in ACM") if api.domain else ("domain", "agents.example.com")
        yield f"api.{missing}", f"is missing beside its other half; write {example}"
    if api.certificate:
        yield from foreign("api.certificate", api.certificate, environment)


def _pages(_: Given, api: Api) -> Iterator[Conflict]:
    for key, urls in (("api.cors_origins", api.cors_origins), ("api.callbacks", api.callbacks)):
        yield from twice(key, urls)
        for place, url in enumerate(urls):
            if not _reachable(url):
                yield f"{key}.{place}", f"{url} has no such port; write 1 to {_MOST_PORT}"


def _outbound(_: Given, agents: Agents) -> Iterator[Conflict]:
    for place, url in enumerate(agents.outbound_urls):
        host = urlsplit(url).hostname or ""
        if _inside(host):
            words = f"{host} is inside a network, or names a machine's own services; write a public host"
            yield f"agents.outbound_urls.{place}", f"{words}, for example https://models.example.com/v1"
        elif not _reachable(url):
            yield f"agents.outbound_urls.{place}", f"{url} has no such port; write 1 to {_MOST_PORT}"


def _inside(host: str) -> bool:
    """Whether a host is private, of the machine itself, where clouds keep their metadata, or an odd way to say so."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        last = host.rpartition(".")[2]
        # A name that ends in a number is an address to most clients: 127.1, 0x7f.0.0.1, 10.0.0.0x1.
        numeric = last.isdigit() or last.startswith("0x")
        return "." not in host or ".." in host or numeric or host.endswith(_HIDDEN)


def _reachable(url: str) -> bool:
    """Whether a URL's port is one."""
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


REACH_CHECKS: Final[tuple[Check, ...]] = (
    (_own_network, (Environment, Features, Networking)),
    (_api, (Environment, Features, Api)),
    (_pages, (Api,)),
    (_outbound, (Agents,)),
)

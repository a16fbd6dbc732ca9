"""What holds for every test: no network but loopback."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Everything that is kept between runs lies under var/, as for the product.
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(Path(__file__).parents[1] / "var" / "hypothesis"))

T = TypeVar("T")
FAMILIES: Final = {socket.AF_INET, socket.AF_INET6}
LOOKUPS: Final = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")
# A method of a socket, and where its address stands: the last argument, unless there are fewer than that.
SENDERS: Final = {"connect": 1, "connect_ex": 1, "sendto": 2, "sendmsg": 4}


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    """A test that reaches for another machine fails with its address, instead of passing by luck."""
    with pytest.MonkeyPatch.context() as patch:
        for name, least in SENDERS.items():
            patch.setattr(socket.socket, name, _guarded_sender(getattr(socket.socket, name), least))
        for name in LOOKUPS:
            patch.setattr(socket, name, _guarded_lookup(getattr(socket, name)))
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints the figures that reliability suites reported."""
    passed = [report for report in terminalreporter.stats.get("passed", []) if report.when == "call"]
    lines = [value for report in passed for name, value in report.user_properties if name == "figures"]
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)


def _guarded_sender(send: Callable[..., T], least: int) -> Callable[..., T]:
    def guarded(sock: socket.socket, *arguments: object) -> T:
        address = arguments[-1] if len(arguments) >= least else None
        if sock.family in FAMILIES and isinstance(address, tuple):
            _guard(address[0])
        return send(sock, *arguments)

    return guarded


def _guarded_lookup(look_up: Callable[..., T]) -> Callable[..., T]:
    def guarded(host: str | bytes | None, *arguments: object, **options: object) -> T:
        _guard(host)
        return look_up(host, *arguments, **options)

    return guarded


def _guard(host: str | bytes | None) -> None:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not _local(name or ""):
        raise RuntimeError(f"a test reached for {name}: only loopback is allowed")


def _local(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # a name: no host is this one; below localhost nothing is asked of a resolver
        return host in {"", "localhost", socket.gethostname()} or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified

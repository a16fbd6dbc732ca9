"""What holds for every test: no network but loopback."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# Everything that is kept between runs lies under var/, as for the product.
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(Path(__file__).parents[1] / "var" / "hypothesis"))

ROOT_FAMILIES = {socket.AF_INET, socket.AF_INET6}


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    """A test that reaches for another machine fails with its address, instead of passing by luck."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guard(sock: socket.socket, address: tuple[str, int]) -> None:
        if sock.family in ROOT_FAMILIES and not _loopback(address[0]):
            raise RuntimeError(f"a test reached for {address[0]}: only loopback is allowed")

    def guarded_connect(sock: socket.socket, address: tuple[str, int]) -> None:
        guard(sock, address)
        connect(sock, address)

    def guarded_connect_ex(sock: socket.socket, address: tuple[str, int]) -> int:
        guard(sock, address)
        return connect_ex(sock, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints the figures that reliability suites reported."""
    passed = [report for report in terminalreporter.stats.get("passed", []) if report.when == "call"]
    lines = [value for report in passed for name, value in report.user_properties if name == "figures"]
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

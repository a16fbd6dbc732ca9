"""At run time the product uses no network but loopback: its commands work on a machine that has nothing else."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).parents[1]
# Run inside the namespace: brings `lo` up (SIOCSIFFLAGS, IFF_UP | IFF_RUNNING), as `ip link set lo up` would.
ALONE: Final = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    fcntl.ioctl(one, 0x8914, struct.pack("16sh22x", b"lo", 0x41))
os.execv(sys.argv[1], sys.argv[1:])
"""
# TEST-NET-1 and a public resolver; without a route neither can be reached.
PROBE: Final = """
import socket
print(*(name for _, name in socket.if_nameindex()))
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname(), 2).close()
for where in (("192.0.2.1", 80), ("1.1.1.1", 53)):
    try:
        socket.create_connection(where, 2)
    except OSError as error:
        print(error.strerror)
"""


@pytest.fixture
def alone(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a program in a network namespace with `lo` only; skips, saying why, where that is not permitted."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("there is no unshare(1)")
    inside = [unshare, "-rn", sys.executable, "-c", ALONE]
    tried = subprocess.run([*inside, sys.executable, "-c", ""], check=False, capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"a network namespace is not permitted here: {tried.stderr.strip()}")
    environment = {
        "HOME": str(tmp_path / "home"),
        "PATH": os.pathsep.join((sysconfig.get_path("scripts"), "/usr/local/bin", "/usr/bin", "/bin")),
        "QM_HOME": str(tmp_path / "qm"),
    }

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        arguments = [*inside, *command]
        return subprocess.run(
            arguments, cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=150
        )

    return run


def qm() -> str:
    found = shutil.which("qm", path=sysconfig.get_path("scripts"))
    assert found
    return found


def test_the_namespace_has_loopback_only(alone: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """The other tests show something: nothing beyond loopback can be reached from inside."""
    done = alone(sys.executable, "-c", PROBE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:3] == ["lo", *["Network is unreachable"] * 2]


@pytest.mark.timeout(180)
def test_the_demo_needs_no_network(alone: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    """From sample data to answers, with the platform's own server on loopback."""
    done = alone(qm(), "demo", "--exit", "--port", "0")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "agent, " in done.stdout
    assert "configuration sha256:" in done.stdout
    assert (tmp_path / "qm").is_dir()


@pytest.mark.timeout(180)
def test_a_plan_needs_no_network(alone: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """Every resource of the production stack is built and judged without a cloud or an engine."""
    done = alone(qm(), "plan", "--stack", "prod")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 mandatory" in done.stdout


def test_a_test_cannot_reach_another_machine() -> None:
    """Neither by connection, nor by datagram, nor by asking what address a name has."""
    with socket.socket() as one:
        for connect in (one.connect, one.connect_ex):
            with pytest.raises(RuntimeError, match=r"a test reached for 192\.0\.2\.1: only loopback is allowed"):
                connect(("192.0.2.1", 80))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        with pytest.raises(RuntimeError, match=r"192\.0\.2\.1"):
            one.sendto(b"x", ("192.0.2.1", 53))
        with pytest.raises(RuntimeError, match=r"192\.0\.2\.1"):
            one.sendto(b"x", 0, ("192.0.2.1", 53))
        with pytest.raises(RuntimeError, match=r"192\.0\.2\.1"):
            one.sendmsg([b"x"], [], 0, ("192.0.2.1", 53))
    lookups: list[Callable[[str], object]] = [
        lambda name: socket.getaddrinfo(name, 80),
        socket.gethostbyname,
        socket.gethostbyname_ex,
        socket.gethostbyaddr,
    ]
    for look_up in lookups:
        with pytest.raises(RuntimeError, match=r"a test reached for example\.com"):
            look_up("example.com")


def test_a_test_may_use_loopback() -> None:
    """By number and by name, over both protocols."""
    assert socket.getaddrinfo("localhost", 80)
    assert socket.getaddrinfo(None, 80)
    assert socket.getaddrinfo("::1", 80)
    assert socket.gethostbyname("127.0.0.1") == "127.0.0.1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        one.sendto(b"x", other.getsockname())
        assert other.recv(1) == b"x"

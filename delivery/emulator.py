"""The embedded emulator of AWS: a process of its own on loopback, with everything it writes under `var/`.

It keeps its resources in memory: when it ends, they are gone.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.errors import SetupError
from delivery.uv import run_uv

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from delivery.places import Places

REQUIREMENTS: Final = Path(__file__).with_name("data") / "emulator.txt"
START_S: Final = 30.0
STOP_S: Final = 10.0
_POLL_S: Final = 0.05


@dataclass(frozen=True, kw_only=True)
class Emulator:
    """A started emulator."""

    pid: int
    started: str  # when, as the system counts: a pid may meanwhile belong to another process
    url: str
    folder: str  # what it writes, its log included

    @property
    def alive(self) -> bool:
        """Whether its process is there, answering or not."""
        return bool(self.started) and _started(self.pid) == self.started

    @property
    def healthy(self) -> bool:
        """Whether it answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2) as answer:  # noqa: S310 - our own http URL
                return bool(answer.status == 200)  # noqa: PLR2004 - OK
        except (urllib.error.URLError, OSError):
            return False

    @property
    def environment(self) -> dict[str, str]:
        """What an AWS client needs to talk to it, and to nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def install(places: Places) -> Path:
    """The Python of the emulator's own environment, made when it is absent or its pins changed."""
    folder = places.var / "emulator"
    venv, stamp = folder / "venv", folder / "venv" / "requirements.sha256"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder / "lock"):
        if not (stamp.is_file() and stamp.read_text() == wanted):
            shutil.rmtree(venv, ignore_errors=True)
            run_uv(places, ["venv", "--quiet", "--python", sys.executable, str(venv)], doing="making its environment")
            arguments = ["--require-hashes", "-r", str(REQUIREMENTS), "--python", str(venv / "bin" / "python")]
            run_uv(places, ["pip", "install", "--quiet", *arguments], doing="installing the emulator")
            stamp.write_text(wanted)
    return venv / "bin" / "python"


def find(record: Path, *, wait_s: float | None = None, clock: Callable[[], float] = time.monotonic) -> Emulator | None:
    """The emulator that `record` names, None when its process has ended.

    One that is there and does not answer is busy or stopped, and still holds all its resources: it has `wait_s`,
    as long as a start may take unless told. Raises SetupError when it does not answer then either.
    """
    emulator = _read(record)
    if emulator is None or not emulator.alive:
        return None
    _wait(lambda: emulator.healthy or not emulator.alive, START_S if wait_s is None else wait_s, clock)
    if not emulator.alive:
        return None
    if not emulator.healthy:
        raise SetupError(
            f"the emulator (pid {emulator.pid}) does not answer",
            fix="Run again when the machine is less busy, or end it, with all it holds: `qm down --stack local`.",
        )
    return emulator


def start(places: Places, record: Path, *, clock: Callable[[], float] = time.monotonic) -> Emulator:
    """The emulator that `record` names, or a new one, which outlives this process.

    Its files lie in a folder `emulator` beside the record. Raises SetupError when it does not come up, or when there
    is one that does not answer.
    """
    if running := find(record, clock=clock):
        return running
    stop(record)
    python = install(places)
    folder = record.parent / "emulator"
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    port = _free_port()
    pid = _spawn(python, folder, port)
    emulator = Emulator(pid=pid, started=_started(pid), url=f"http://127.0.0.1:{port}", folder=str(folder))
    record.write_text(json.dumps(asdict(emulator)))
    ended = _wait(lambda: emulator.healthy or not emulator.alive, START_S, clock)
    if not ended or not emulator.healthy:
        log = (folder / "log").read_text(errors="replace").strip().splitlines()
        stop(record)
        raise SetupError(
            f"the emulator did not start: {log[-1] if log else 'it said nothing'}",
            fix=f"Read {folder / 'log'}, then run again.",
        )
    return emulator


def stop(record: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
    """Ends the emulator that `record` names, with the functions it runs, and removes what it wrote."""
    emulator = _read(record)
    if emulator is not None:
        # It leads a process group of its own: functions that outlive it are in the group too.
        if emulator.alive:
            _signal(emulator.pid, signal.SIGTERM)
            _wait(lambda: not emulator.alive, STOP_S, clock)
            _signal_group(emulator.pid, signal.SIGKILL)
            _wait(lambda: not emulator.alive, STOP_S, clock)
        shutil.rmtree(emulator.folder, ignore_errors=True)
    record.unlink(missing_ok=True)


def _read(record: Path) -> Emulator | None:
    try:
        return Emulator(**json.loads(record.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _spawn(python: Path, folder: Path, port: int) -> int:
    environment = {
        "PATH": f"{python.parent}:/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "S3_DATA_DIR": str(folder / "s3"),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    log = str(folder / "log")
    return os.posix_spawn(
        python,
        [str(python), "-m", "ministack"],
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _started(pid: int) -> str:
    """When the process started, in words that only compare; empty when it has ended."""
    if Path("/proc/self/stat").exists():
        try:
            state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            return ""
        when = fields[18]  # field 22 of proc(5), in ticks since boot
    else:
        command = ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)]
        listed = subprocess.run(command, check=False, capture_output=True, text=True).stdout  # noqa: S603 - no shell
        state, _, when = listed.strip().partition(" ")
    if state[:1] not in {"Z", "X"}:
        return when.strip()
    # Its main thread has ended, and nobody has asked for its exit code yet. Where it is our child, that is for us to
    # do, and can be done once its other threads have ended too.
    try:
        return "" if os.waitpid(pid, os.WNOHANG)[0] else when.strip()
    except ChildProcessError:
        return ""


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _signal_group(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)


def _wait(condition: Callable[[], bool], seconds: float, clock: Callable[[], float]) -> bool:
    until = clock() + seconds
    while not condition():
        if clock() >= until:
            return False
        time.sleep(_POLL_S)
    return True


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

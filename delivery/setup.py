"""`make setup`: makes .venv from uv.lock with nothing but python3; does nothing when it is already so.

Runs on whatever python3 the machine has, before anything is installed: standard library only, and old syntax.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV_VERSION = (0, 13, 8)
STAMP = ROOT / ".venv" / "quartermaster.stamp"


def main() -> None:
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # `make demo` and `make test` may start together
        wanted = _fingerprint()
        if not (STAMP.is_file() and STAMP.read_text() == wanted):
            _install()
            STAMP.write_text(wanted)


def _install() -> None:
    uv = _uv()
    print("Setting up .venv from uv.lock ...", flush=True)
    _run([uv, "sync", "--frozen", "--quiet", "--directory", ROOT], "uv could not make .venv; its message is above.")
    # Start-up time is import time. pulumi_aws has 5,000 modules, of which a stack uses a few: they compile on use.
    subprocess.run(
        [_python(), "-m", "compileall", "-q", "-q", "-j", "2", "-x", "pulumi_aws", ROOT / ".venv" / "lib"],
        check=False,
        stdout=subprocess.DEVNULL,
    )


def _uv() -> str:
    """A uv that is new enough: on PATH, or in var/uv, or put there by pip."""
    own = ROOT / "var" / "uv" / "bin" / "uv"
    for found in (shutil.which("uv"), str(own)):
        if found and _version(found) >= UV_VERSION:
            return found
    print("Installing uv into var/uv ...", flush=True)
    package = "uv==" + ".".join(map(str, UV_VERSION))
    options = ["install", "--quiet", "--disable-pip-version-check", "--no-input", "--upgrade"]
    if _works([sys.executable, "-m", "pip", "--version"]):
        pip = [sys.executable, "-m", "pip"]
    elif _works([sys.executable, "-m", "venv", str(ROOT / "var" / "pip")]):
        pip = [str(ROOT / "var" / "pip" / "bin" / "python"), "-m", "pip"]
    else:
        sys.exit("error: this python3 has neither pip nor venv. Install one (Debian: apt-get install python3-venv).")
    _run([*pip, *options, "--target", ROOT / "var" / "uv", package], "pip could not install uv; its message is above.")
    return str(own)


def _version(uv: str) -> tuple[int, ...]:
    try:
        said = subprocess.run([uv, "--version"], check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return (0,)
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", said)
    return tuple(map(int, found.groups())) if found else (0,)


def _works(command: list[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _run(command: list[str | Path], failed: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    if subprocess.run([str(part) for part in command], check=False, env=environment).returncode:
        sys.exit("error: " + failed + " Check the network and that python3 is 3.11 or newer, then run again.")


def _python() -> Path:
    return ROOT / ".venv" / "bin" / "python"


def _fingerprint() -> str:
    """What .venv was made from; a checkout that moved makes it anew, as scripts hold absolute paths."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in ("uv.lock", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    main()

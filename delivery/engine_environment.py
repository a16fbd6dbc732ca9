"""What pulumi finds in its environment: all of it ours for the local stack, the user's own for the others."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from delivery.places import Places

PASSPHRASE: Final = "PULUMI_CONFIG_PASSPHRASE"  # noqa: S105 - the name of a variable
_ALWAYS: Final = {"PULUMI_SKIP_UPDATE_CHECK": "true", "PULUMI_ERROR_OUTPUT_STRING": "1"}
_CLOUD: Final = ("https://", "http://")  # backends that keep secrets without a passphrase
_SOCKET: Final = "/plugin1234567890"  # as plugins name theirs
MAX_SOCKET_PATH: Final = 103  # of macOS; Linux takes 107


def local_environment(
    places: Places, stack: str, emulator: Mapping[str, str], given: Mapping[str, str]
) -> dict[str, str]:
    """A backend and a passphrase under `var/`, and no credentials but the emulator's.

    `given` is the user's environment: of it pulumi sees neither AWS nor Pulumi settings, so it can reach no account.
    Plugins are kept in var/pulumi, apart from the stack, so that they are downloaded once.
    """
    folder = places.stack(stack)
    state = folder / "state"
    state.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in given.items() if not name.startswith(("AWS_", "PULUMI_"))}
    return kept | {
        **_ALWAYS,
        **emulator,
        "PULUMI_HOME": str(places.var / "pulumi"),
        "PULUMI_BACKEND_URL": state.as_uri(),
        PASSPHRASE: given.get(PASSPHRASE) or _passphrase(folder / "passphrase"),
        "PULUMI_PYTHON": str(places.root / ".venv" / "bin" / "python"),
        **_temporary(folder),
        "NO_PROXY": ",".join(filter(None, (given.get("NO_PROXY"), "127.0.0.1", "localhost"))),
    }


def cloud_environment(places: Places, stack: str, given: Mapping[str, str]) -> dict[str, str]:
    """The user's own environment. Raises SetupError when no backend is chosen, or its secrets have no passphrase."""
    backend = given.get("PULUMI_BACKEND_URL") or _logged_in(given)
    if not backend:
        raise SetupError(
            "pulumi is not logged in to a backend, which keeps the state of your stacks",
            fix="Run `pulumi login`, or set PULUMI_BACKEND_URL.",
        )
    keeps_its_own = backend.startswith(_CLOUD) or _secrets_provider(places, stack) not in {"", "passphrase"}
    if not keeps_its_own and PASSPHRASE not in given and f"{PASSPHRASE}_FILE" not in given:
        raise SetupError(
            f"{PASSPHRASE} is not set, and the backend {backend} keeps secrets with it",
            fix=f"Set it, or {PASSPHRASE}_FILE, or name a key as `secretsprovider` in Pulumi.{stack}.yaml.",
        )
    python = str(places.root / ".venv" / "bin" / "python")
    return {**given, **_ALWAYS, "PULUMI_PYTHON": python, **_temporary(places.stack(stack))}


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner can read, from its first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    path.chmod(0o600)


def _temporary(folder: Path) -> dict[str, str]:
    """Where pulumi and its plugins put what they leave behind: a folder that is private, and ours.

    Among it are sockets, whose paths have a limit; a working copy that lies too deep leaves them where they are.
    """
    temporary = folder / "tmp"
    if len(os.fsencode(temporary)) + len(_SOCKET) > MAX_SOCKET_PATH:
        return {}
    temporary.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary.chmod(0o700)
    return {"TMPDIR": str(temporary)}


def _passphrase(path: Path) -> str:
    if not path.is_file():
        write_private(path, secrets.token_urlsafe(32))
    return path.read_text()


def _logged_in(given: Mapping[str, str]) -> str:
    """The backend of `pulumi login`, empty when there is none."""
    if "PULUMI_ACCESS_TOKEN" in given:
        return "https://api.pulumi.com"
    home = given.get("PULUMI_HOME") or str(Path(given.get("HOME", "")) / ".pulumi")
    try:
        found = json.loads((Path(home) / "credentials.json").read_text())
        return str(found.get("current") or "")
    except (OSError, ValueError, AttributeError):
        return ""


def _secrets_provider(places: Places, stack: str) -> str:
    try:
        lines = (places.root / f"Pulumi.{stack}.yaml").read_text().splitlines()
    except OSError:
        return ""
    found = [line.partition(":")[2].strip() for line in lines if line.startswith("secretsprovider:")]
    return found[0] if found else ""

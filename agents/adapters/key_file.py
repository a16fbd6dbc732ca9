"""A private key in a file of this machine, for its owner only."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from agents.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes


def need_key(path: Path, new: Callable[[], PrivateKeyTypes]) -> None:
    """Makes the file with a `new` key unless there is one.

    Raises SetupError when it cannot be made, or others can read the one that is there.
    """
    try:
        if not path.exists():
            _make(path, new())
        readable = path.stat().st_mode & 0o077
    except OSError as error:
        raise SetupError(f"{path} cannot be used: {error.strerror}", fix="Let this program write there.") from error
    if readable:
        raise SetupError(
            f"{path} can be read by others",
            fix=f"Run chmod 600 {path}; if others may have read it, move it away for a new key.",
        )


def load_key(path: Path) -> PrivateKeyTypes | None:
    """The key in a file, None when it holds none that can be read."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - few commands need a key
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415 - the same

    try:
        return load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it wants a password
        return None


def _make(path: Path, key: PrivateKeyTypes) -> None:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - needed once in a machine's life

    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(prefix=".key-", dir=path.parent)  # which makes it 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)  # what it signs outlives a crash, so the key must
        with contextlib.suppress(FileExistsError):  # another process was first; then its key is the one
            os.link(part, path)
    finally:
        Path(part).unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # and its name
    finally:
        os.close(folder)

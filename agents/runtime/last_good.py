"""The last known good configuration on disk: what an agent runs when it starts while the store is away.

A file holds what its document holds: references to secrets, not their values. But a store may still hold secrets that
were published in plain text before the publisher refused them, and those are in the file as well, since the agent runs
them. So a file is its owner's only. A secret that is taken out of a document goes from a disk once the agent there runs
the version without it; where no agent runs any more, remove the file.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import logging
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.configuration.documents import canonical, digest
from agents.configuration.layers import Effective
from agents.errors import InvalidError, SetupError

if TYPE_CHECKING:
    from agents.json_value import Json

log = logging.getLogger(__name__)

FORMAT: Final = 1
MAX_BYTES: Final = 8 * 1024 * 1024  # five layers of 256 KiB, escaped as JSON may be
_KEY_BYTES: Final = 32


class LastGood:
    """A file for each agent in `folder`, signed with `key`; `scope` says whose it is, such as tenant and environment.

    A file that was changed, cut off, or is of another scope or format is left aside with a warning. An old file that
    was put back is taken: it was good once. Whoever can read the key can sign; keep it where only the agent reads.
    """

    def __init__(self, folder: Path, *, key: bytes, scope: str) -> None:
        self._folder = folder
        self._key = key
        self._scope = scope

    def save(self, name: str, effective: Effective) -> None:
        """Keeps what the agent runs; a disk that refuses is logged, since the agent runs all the same."""
        fields: dict[str, Json] = {
            "format": FORMAT,
            "scope": self._scope,
            "agent": name,
            "digest": effective.digest,
            "versions": dict(effective.versions),
            "content": effective.content,
        }
        text = canonical(fields)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _replace(self._path(name), self._sign(text) + b"\n" + text)
        except OSError as error:
            log.warning("the last good configuration of agent/%s is not kept: %s", name, error.strerror)

    def read(self, name: str) -> Effective | None:
        """What was kept of the agent; None when there is nothing that can be trusted."""
        path = self._path(name)
        try:
            with path.open("rb") as file:
                return self._trusted(name, file.read(MAX_BYTES))
        except FileNotFoundError:
            return None
        except (OSError, InvalidError) as error:
            log.warning("%s is left aside: %s", path, error)
            return None

    def _trusted(self, name: str, data: bytes) -> Effective:
        signature, _, text = data.partition(b"\n")
        if not hmac.compare_digest(signature, self._sign(text)):
            raise InvalidError("its signature does not fit")
        fields = json.loads(text)  # our own text, by the signature
        if fields.get("format") != FORMAT:
            raise InvalidError("it is of another format")
        if (fields["scope"], fields["agent"]) != (self._scope, name):
            raise InvalidError(f"it is of {fields['scope']} and agent/{fields['agent']}")
        if digest(fields["content"]) != fields["digest"]:
            raise InvalidError("its digest does not fit")
        return Effective(
            key=f"agent/{name}", digest=fields["digest"], versions=fields["versions"], content=fields["content"]
        )

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _sign(self, text: bytes) -> bytes:
        return hmac.digest(self._key, text, hashlib.sha256).hex().encode()


def key_of(path: Path) -> bytes:
    """The key in a file that only its owner reads, made at its first use. Raises SetupError when it cannot be had.

    On Lambda it lies in /tmp beside what it signs: there it tells damage, and files of another place, from good ones.
    """
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, part = tempfile.mkstemp(prefix=".key-", dir=path.parent)  # which makes it 0600
            with os.fdopen(descriptor, "wb") as file:
                file.write(os.urandom(_KEY_BYTES))
            with contextlib.suppress(FileExistsError):  # another process was first; then its key is the one
                os.link(part, path)
            Path(part).unlink()
        key = path.read_bytes()
        readable = path.stat().st_mode & 0o077
    except OSError as error:
        raise SetupError(f"{path} cannot be used: {error.strerror}", fix="Let this program write there.") from error
    if len(key) != _KEY_BYTES or readable:
        raise SetupError(f"{path} is no key, or others can read it", fix="Remove it; a new one is made.")
    return key


def _replace(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all."""
    descriptor, part = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise

"""Whether a laptop can answer: the audit needs its disk, since a decision is written down before its answer leaves."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.access.ports import AuditLog

EVERY_S: Final = 5.0  # anybody may ask whether we are ready, and each look costs a write
_SIZE: Final = 64 * 1024  # as a transaction of the audit may take
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_END: Final = "~"  # after every record


def check_audit(log: AuditLog, disk: Disk) -> None:
    """Raises UnavailableError, naming the cause, while no decision can be written down."""
    disk.check()
    try:
        log.read(after=_END, limit=1)
    except UnavailableError:
        disk.check(anew=True)  # SQLite says of a full disk only that it failed
        raise


class Disk:
    """Whether the disk below a folder takes what must last."""

    def __init__(self, folder: Path, *, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock
        self._looking = threading.Lock()
        self._next_s = 0.0
        self._found: tuple[str, str] | None = None

    def check(self, *, anew: bool = False) -> None:
        """Raises UnavailableError, naming the cause, as of the last EVERY_S, or of now."""
        with self._looking:
            if anew or self._clock() >= self._next_s:
                self._found = self._look()
                self._next_s = self._clock() + EVERY_S
            found = self._found
        if found is not None:
            raise UnavailableError(found[0], fix=found[1])

    def _look(self) -> tuple[str, str] | None:
        part = ""
        try:
            descriptor, part = tempfile.mkstemp(prefix=".room-", dir=self._folder)
            with os.fdopen(descriptor, "wb") as file:
                file.write(bytes(_SIZE))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            full = error.errno in _FULL
            return (
                "the disk is full, so nothing can be written down, and nothing is answered without that" if full
                else f"the disk takes nothing, so no answer can be written down: {error.strerror}",
                f"Make room for {self._folder}." if full else f"Let this program write to {self._folder}.",
            )  # fmt: skip
        finally:
            if part:
                with contextlib.suppress(OSError):
                    Path(part).unlink()
        return None

"""Who uses the stores of a folder: any number of programs at once, or one alone that puts a store there.

The lock is on the folder, as a file of its own would be moved away together with the store.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agents.errors import ConflictError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Hold:
    """Says that this program uses the stores of a folder, until it is closed or the program ends.

    Raises UnavailableError while a store is put there.
    """

    def __init__(self, folder: Path) -> None:
        self._handle: int | None = None
        try:
            self._handle = os.open(folder, os.O_RDONLY)
            fcntl.flock(self._handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.close()
            raise UnavailableError(f"a store is being put into {folder.name}", fix="Try again when it is.") from error
        except OSError:  # no folder, which SQLite says better, or one that knows no locks
            self.close()

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Lets the folder go."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else uses the stores of a folder while the block lasts.

    Raises ConflictError while a program does, UnavailableError where that cannot be told.
    """
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise UnavailableError(f"{folder.name} cannot be used: {error.strerror}", fix="Check the folder.") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConflictError(
                f"a program uses the store of {folder}", fix="Stop `qm serve` and what else runs there, and try again."
            ) from error
        except OSError as error:
            raise UnavailableError(
                f"{folder.name} cannot be locked: {error.strerror}", fix="Use a folder of a local disk."
            ) from error
        yield
    finally:
        os.close(handle)

"""What this laptop's server is called in the ledger: the same after a restart, and never two of one name."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from agents.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VARIABLE: Final = "QM_INSTANCE"  # its name; one that is made and kept in the home folder unless set
_NAME: Final = re.compile(r"[a-z0-9-]{1,64}")
_RANDOM_BYTES: Final = 4


def instance_name(home: Path) -> str:
    """QM_INSTANCE, or the name that the home folder keeps. Raises SetupError for one that no layer can have."""
    if name := os.environ.get(VARIABLE):
        source = VARIABLE
    else:
        path = home / "instance"
        source = str(path)
        with contextlib.suppress(FileExistsError), path.open("x") as file:
            file.write(f"laptop-{os.urandom(_RANDOM_BYTES).hex()}")
        name = path.read_text().strip()
    if not _NAME.fullmatch(name):
        raise SetupError(f"{source} is {name[:64]!r}, which is no name", fix="Write a-z, 0-9 and '-', 64 at most.")
    return name


@contextmanager
def serving_as(name: str, home: Path) -> Iterator[None]:
    """Holds the name while the block lasts; raises SetupError when another program serves by it.

    What one of two said under one name would hide what the other runs.
    """
    path = home / f"instance-{name}.lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # which ends with the process, however it ends
        except BlockingIOError as error:
            raise SetupError(
                f"another program serves from {home} as the instance {name}",
                fix=f"Stop it, or set {VARIABLE} to another name for this one.",
            ) from error
        yield


class _Ends(BaseException):
    """SIGTERM came."""


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Lets the block end when SIGTERM comes, and dies of it then, as a shell expects.

    A server that takes the signal itself raises it anew when it has shut down, and would end the process there.
    """
    if threading.current_thread() is not threading.main_thread():  # which alone is given signals
        yield
        return

    def end(number: int, _: object) -> None:
        signal.signal(number, before)  # the next one does not wait
        raise _Ends

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except _Ends:
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)

"""Errors on a terminal: one line each, and one table from code to exit code."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.errors import QuartermasterError

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

CHANGES, USAGE, REFUSED, ENVIRONMENT = 1, 2, 3, 4
EXIT: Final = {
    "conflict": CHANGES,
    "gap": CHANGES,
    "internal": CHANGES,
    "invalid": USAGE,
    "not_found": USAGE,
    "unauthenticated": REFUSED,
    "forbidden": REFUSED,
    "deadline": ENVIRONMENT,
    "limited": ENVIRONMENT,
    "setup": ENVIRONMENT,
    "unavailable": ENVIRONMENT,
}


def run(command: Callable[[], object]) -> int:
    """The exit code of a command; what it raises is printed on stderr, never as a traceback."""
    try:
        try:
            command()
        finally:
            sys.stdout.flush()  # here a full disk is still an error that can be told
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else USAGE if end.code else 0
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader went away, as `| head` does; nothing is wrong
        _drop_output()
        return 0
    except Exception as error:  # noqa: BLE001 - the last place where it can be told
        return _told(error)
    return 0


def _told(error: Exception) -> int:
    if isinstance(error, QuartermasterError):
        _print(error)
        return EXIT[error.code]
    if isinstance(error, OSError):
        _drop_output()
        _say(f"error: {error.filename or 'output'}: {error.strerror or error}. Mend that, then run again.")
        return ENVIRONMENT
    log.error("unexpected error", exc_info=error)
    _say("error: internal error. Set QM_LOG=debug to see the trace, and report it.")
    return CHANGES


def _drop_output() -> None:
    """Sends what stdout still holds nowhere: the interpreter would try it again at its end, and complain."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _print(error: QuartermasterError) -> None:
    if len(error.problems) > 1:
        for problem in error.problems:
            where = " ".join(filter(None, (problem.where, problem.pointer)))
            said = f"{problem.message}. {problem.fix}" if problem.fix else problem.message
            _say(": ".join(filter(None, ("error", where, said))))
    else:
        # A message of several lines is several mistakes, as in a stack file: one line each.
        for line in str(error).splitlines():
            _say(f"error: {line}")


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")

"""Background jobs on Lambda, run on a schedule."""

from __future__ import annotations

import functools
import logging
import os
from typing import TYPE_CHECKING, Final, Protocol

from agents.bootstrap.worker_function import worker_function
from agents.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable

_MARGIN_S: Final = 2.0  # left to write the metrics and to say what failed


class Context(Protocol):
    """What Lambda tells of an invocation."""

    def get_remaining_time_in_millis(self) -> int: ...


def handler(_event: object, context: Context) -> None:
    """The schedule calls this; what it raises makes Lambda try again, and then tell the failure destination."""
    _function()(Deadline.after(context.get_remaining_time_in_millis() / 1000 - _MARGIN_S))


@functools.cache
def _function() -> Callable[[Deadline], None]:
    logging.getLogger().setLevel(logging.INFO)
    return worker_function(os.environ)

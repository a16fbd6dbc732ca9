"""The rotation of our own secrets on Lambda."""

from __future__ import annotations

import functools
import logging
import os
from typing import TYPE_CHECKING

from agents.bootstrap.rotation_function import rotation_function

if TYPE_CHECKING:
    from collections.abc import Callable


def handler(event: object, _context: object) -> None:
    """Secrets Manager calls this for each step of a rotation; what it raises is tried again."""
    _function()(event)


@functools.cache
def _function() -> Callable[[object], None]:
    logging.getLogger().setLevel(logging.INFO)
    return rotation_function(os.environ)

"""A group of tools on Lambda."""

from __future__ import annotations

import functools
import logging
import os
from typing import TYPE_CHECKING

from agents.bootstrap.tool_function import tool_function

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.json_value import Json


def handler(event: object, _context: object) -> dict[str, Json]:
    """Lambda calls this for each envelope."""
    return _function()(event)


@functools.cache
def _function() -> Callable[[object], dict[str, Json]]:
    logging.getLogger().setLevel(logging.INFO)
    return tool_function(os.environ)

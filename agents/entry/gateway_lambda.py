"""The SQL gateway on Lambda."""

from __future__ import annotations

import functools
import logging
import os
from typing import TYPE_CHECKING

from agents.bootstrap.gateway_function import gateway_function

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.json_value import Json


def handler(event: object, _context: object) -> dict[str, Json]:
    """Lambda calls this for each envelope."""
    return _function()(event)


@functools.cache
def _function() -> Callable[[object], dict[str, Json]]:
    logging.getLogger().setLevel(logging.INFO)
    return gateway_function(os.environ)

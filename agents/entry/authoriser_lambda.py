"""The authoriser of the REST API on Lambda."""

from __future__ import annotations

import functools
import logging
import os
from typing import TYPE_CHECKING

from agents.bootstrap.authoriser_function import authoriser_function

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.access.authorise import Request
    from agents.json_value import Json


def handler(request: Request, _context: object) -> dict[str, Json]:
    """API Gateway calls this before each request."""
    return _function()(request)


@functools.cache
def _function() -> Callable[[Request], dict[str, Json]]:
    logging.getLogger().setLevel(logging.INFO)
    return authoriser_function(os.environ)

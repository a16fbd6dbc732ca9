"""The HTTP service on Lambda."""

from __future__ import annotations

import functools
import logging
import os
from typing import TYPE_CHECKING

from agents.bootstrap.api_function import api_function

if TYPE_CHECKING:
    from collections.abc import Callable

    from mangum.types import LambdaContext, LambdaEvent


def handler(event: LambdaEvent, context: LambdaContext) -> dict[str, object]:
    """Lambda calls this for each request of API Gateway."""
    return _function()(event, context)


@functools.cache
def _function() -> Callable[[LambdaEvent, LambdaContext], dict[str, object]]:
    logging.getLogger().setLevel(logging.INFO)
    return api_function(os.environ)

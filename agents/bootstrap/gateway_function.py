"""Puts the SQL gateway function together from its environment."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING

from agents.access.attributes import TableAttributes
from agents.access.gateway import SqlGateway
from agents.access.measured import MeasuredGateway
from agents.access.serve_queries import answer_query
from agents.adapters import aws
from agents.adapters.athena import AthenaEngine
from agents.adapters.function_settings import read_settings
from agents.bootstrap.function_measures import flushed, function_measures
from agents.bootstrap.function_sign_in import function_sign_in
from agents.contract import GATEWAY, Env
from agents.supply_chain.policy import CATALOGUE, POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.json_value import Json


def gateway_function(environ: Mapping[str, str]) -> Callable[[object], dict[str, Json]]:
    """What answers an envelope; raises SetupError for an environment that lacks something."""
    settings = read_settings(environ, GATEWAY)
    measures = function_measures(settings)
    engine = AthenaEngine(aws.client("athena"), database=settings[Env.DATABASE], workgroup=settings[Env.WORKGROUP])
    gateway = SqlGateway(engine, TableAttributes(engine, clock=time.monotonic), catalogue=CATALOGUE, policy=POLICY)
    answer = functools.partial(
        answer_query,
        gateway=MeasuredGateway(gateway, measures),
        sign_in=function_sign_in(settings, measures),
    )
    return flushed(answer, measures)

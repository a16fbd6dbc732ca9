"""Puts the SQL gateway function together from its environment."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING

from agents.access.attributes import TableAttributes
from agents.access.gateway import SqlGateway
from agents.access.measured import MeasuredGateway
from agents.access.result_cache import ResultCache
from agents.access.serve_queries import answer_query
from agents.adapters import aws
from agents.adapters.athena import AthenaEngine
from agents.adapters.function_settings import read_settings
from agents.adapters.lake_version import LakeVersion
from agents.bootstrap.function_access import data_plane_sign_in, function_access
from agents.bootstrap.function_measures import flushed, function_measures
from agents.contract import GATEWAY, TOOL_FUNCTIONS, Env
from agents.supply_chain import AGENTS
from agents.supply_chain.policy import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.json_value import Json


def gateway_function(environ: Mapping[str, str]) -> Callable[[object], dict[str, Json]]:
    """What answers an envelope; raises SetupError for an environment that lacks something."""
    settings = read_settings(environ, GATEWAY)
    measures = function_measures(settings)
    # By name only: what they are made of is nothing to the gateway, and takes long to import.
    tools = {tool for function in TOOL_FUNCTIONS.values() for tool in function.tools}
    access = function_access(settings, measures, agents=AGENTS, tools=tools)
    engine = AthenaEngine(
        aws.client("athena"),
        database=settings[Env.DATABASE],
        workgroup=settings[Env.WORKGROUP],
        version=LakeVersion(aws.client("s3", attempts=1), bucket=settings[Env.DATA_BUCKET], clock=time.monotonic),
    )
    gateway = SqlGateway(
        engine,
        TableAttributes(engine, clock=time.monotonic),
        catalogue=CATALOGUE,
        policy=access.policy,
        decisions=access.audit,
        results=ResultCache(measures=measures),
    )
    answer = functools.partial(
        answer_query,
        gateway=MeasuredGateway(gateway, measures),
        sign_in=data_plane_sign_in(access, settings, measures),
        audit=access.audit,
    )
    return flushed(answer, measures)

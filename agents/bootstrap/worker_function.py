"""Puts the worker function together from its environment: the table of jobs."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from agents.adapters import aws
from agents.adapters.dynamodb.configuration import DynamoDbConfigStore
from agents.adapters.dynamodb.table import Table
from agents.adapters.function_settings import read_settings
from agents.bootstrap.common import PLUGINS, now
from agents.bootstrap.function_measures import flushed, function_measures
from agents.contract import WORKER, Env
from agents.runtime.jobs import check_configurations, run_jobs
from agents.runtime.registry import load_plugins

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.deadline import Deadline


def worker_function(environ: Mapping[str, str]) -> Callable[[Deadline], None]:
    """What runs every job once; raises SetupError for an environment that lacks something."""
    settings = read_settings(environ, WORKER)
    measures = function_measures(settings)
    registry = load_plugins(PLUGINS)
    store = DynamoDbConfigStore(
        Table(aws.client("dynamodb"), settings[Env.CONFIGURATION_TABLE]),
        tenant=settings[Env.TENANT],
        clock=now,
        random=random.random,
    )
    jobs = {
        "check_configurations": check_configurations(
            store,
            agents=registry.agents,
            tools=registry.tools,
            environment=settings[Env.ENVIRONMENT],
            measures=measures,
        ),
    }
    return flushed(lambda deadline: run_jobs(jobs, deadline=deadline, measures=measures), measures)

"""Puts the worker function together from its environment: the table of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.access.policy_document import KEY as POLICY
from agents.adapters import aws
from agents.adapters.function_settings import read_settings
from agents.adapters.kms import KmsSigner
from agents.adapters.s3_anchors import S3AnchorStore
from agents.bootstrap.common import PLUGINS, now
from agents.bootstrap.function_measures import flushed, function_measures
from agents.bootstrap.function_parts import audit_log, config_store
from agents.configuration.access_policy import AccessPolicy
from agents.configuration.deployed import deployed_of
from agents.contract import WORKER, Env
from agents.runtime.jobs import anchor_audit, check_configurations, run_jobs
from agents.runtime.registry import load_plugins
from agents.supply_chain.policy import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.deadline import Deadline


def worker_function(environ: Mapping[str, str]) -> Callable[[Deadline], None]:
    """What runs every job once; raises SetupError for an environment that lacks something."""
    settings = read_settings(environ, WORKER)
    measures = function_measures(settings)
    registry = load_plugins(PLUGINS)
    tables = aws.client("dynamodb")
    tenant = settings[Env.TENANT]
    store = config_store(settings, tables)
    policy = AccessPolicy(
        store,
        environment=settings[Env.ENVIRONMENT],
        catalogue=CATALOGUE,
        agents=registry.agents,
        tools=registry.tools,
    )
    jobs = {
        "check_configurations": check_configurations(
            store,
            agents=registry.agents,
            tools=registry.tools,
            checks={POLICY: policy.check},
            environment=settings[Env.ENVIRONMENT],
            measures=measures,
            deployed=deployed_of(settings | {"AWS_REGION": environ.get("AWS_REGION", "")}),
            now=now,
        ),
        "anchor_audit": anchor_audit(
            audit_log(settings, tables),
            S3AnchorStore(aws.client("s3"), bucket=settings[Env.AUDIT_BUCKET], tenant=tenant),
            KmsSigner(aws.client("kms"), settings[Env.AUDIT_KEY]),
            tenant=tenant,
            now=now,
        ),
    }
    return flushed(lambda deadline: run_jobs(jobs, deadline=deadline, measures=measures), measures)

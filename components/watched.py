"""What monitoring watches of a stack, read from its settings and the names of its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.contract import ALIAS, FUNCTIONS

from . import functions
from .alarms.alarm import Watched, WatchedFunction
from .schedule import WORKER_EVERY_S

if TYPE_CHECKING:
    from .api import Api
    from .edge import Edge
    from .grants import Estate
    from .settings import Settings


def metrics_namespace(settings: Settings) -> str:
    """Where the agents' own metrics are counted."""
    return f"{settings.project.prefix}/{settings.environment.name}"


def watched(settings: Settings, estate: Estate, api: Api | None, edge: Edge | None) -> Watched:
    """Everything of the stack that has metrics."""
    seconds = functions.timeouts(settings.resources.lambda_.timeout_s)
    return Watched(
        namespace=metrics_namespace(settings),
        functions={
            one.name: WatchedFunction(
                name=estate.functions[one.name],
                timeout_s=seconds[one.name],
                reserved=settings.reserved_concurrency if one.name in functions.RESERVED else None,
                provisioned=ALIAS if one.name in functions.WARM and settings.provisioned_concurrency else "",
            )
            for one in FUNCTIONS
        },
        tables=estate.tables,
        queues={"failures": estate.failures},
        api=(api.api, settings.environment.name) if api else None,
        worker_every_s=WORKER_EVERY_S,
        workgroup=estate.workgroup,
        web_acl=edge.acl if edge else None,
        access_log=estate.names.log_group("apigateway", api.api) if api else None,
    )

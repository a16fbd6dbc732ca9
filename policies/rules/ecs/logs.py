"""A container without a log says nothing of why it ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .._containers import TASK, MalformedError, containers
from .._resource import Found
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


def _task(**container: object) -> dict[str, str]:
    return {"containerDefinitions": json.dumps([{"name": "web", **container}])}


@rule(
    id="ecs-logs",
    title="Containers write a log",
    applies_to=TASK,
    severity=Severity.MEDIUM,
    fix="Set logConfiguration with the driver awslogs.",
    sources=("FSBP:ECS.9", "cdk-nag:AwsSolutions-ECS7", "prowler:ecs_task_definitions_logging_enabled"),
    frameworks=("NIST 800-53:AU-12",),
    ok=(_task(logConfiguration={"logDriver": "awslogs"}),),
    bad=(
        _task(),
        _task(logConfiguration={}),
        _task(logConfiguration={"logDriver": "none"}),
        {"containerDefinitions": "{"},
    ),
)
def logs(task: Resource) -> Iterator[Found | str]:
    try:
        for name, container in containers(task):
            settings = container.get("logConfiguration")
            driver = settings.get("logDriver") if isinstance(settings, dict) else None
            if driver in (None, "", "none"):
                yield Found(name, f"container {name} has no logConfiguration")
    except MalformedError as error:
        yield str(error)

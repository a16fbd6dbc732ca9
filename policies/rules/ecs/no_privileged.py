"""A privileged container has the rights of root on its host, and what breaks out of it has them too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .._containers import TASK, MalformedError, containers
from .._resource import Found
from .._rule import Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


def _task(**container: object) -> dict[str, str]:
    return {"containerDefinitions": json.dumps([{"name": "web", **container}])}


@rule(
    id="ecs-no-privileged",
    title="No container is privileged",
    applies_to=TASK,
    severity=Severity.CRITICAL,
    fix="Remove `privileged` from the container.",
    sources=("FSBP:ECS.4", "checkov:CKV_AWS_334", "prowler:ecs_task_definitions_no_privileged_containers"),
    frameworks=("NIST 800-53:AC-6",),
    ok=(_task(), _task(privileged=False)),
    bad=(_task(privileged=True), {"containerDefinitions": "{}"}),
)
def no_privileged(task: Resource) -> Iterator[Found | str]:
    try:
        for name, container in containers(task):
            if is_true(container.get("privileged")):
                yield Found(name, f"container {name} is privileged")
    except MalformedError as error:
        yield str(error)

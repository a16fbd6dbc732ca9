"""Code that cannot write to its own disk cannot be replaced there."""

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
    id="ecs-readonly-root",
    title="Containers cannot write to their root file system",
    applies_to=TASK,
    severity=Severity.MEDIUM,
    fix="Set readonlyRootFilesystem to true, and mount a volume where the code must write.",
    sources=(
        "FSBP:ECS.5",
        "checkov:CKV_AWS_336",
        "prowler:ecs_task_definitions_containers_readonly_access",
    ),
    frameworks=("NIST 800-53:AC-6",),
    ok=(_task(readonlyRootFilesystem=True),),
    bad=(_task(), _task(readonlyRootFilesystem=False), {"containerDefinitions": "no JSON"}),
)
def readonly_root(task: Resource) -> Iterator[Found | str]:
    try:
        for name, container in containers(task):
            if not is_true(container.get("readonlyRootFilesystem")):
                yield Found(name, f"readonlyRootFilesystem of container {name} is not true")
    except MalformedError as error:
        yield str(error)

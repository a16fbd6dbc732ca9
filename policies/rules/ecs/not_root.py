"""What breaks into a process has that process's rights; root in a container is close to root on the host."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._containers import TASK, MalformedError, containers
from .._resource import Found
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


ROOT: Final = {"", "0", "root"}


def _task(**container: object) -> dict[str, str]:
    return {"containerDefinitions": json.dumps([{"name": "web", **container}])}


@rule(
    id="ecs-not-root",
    title="Containers do not run as root",
    applies_to=TASK,
    severity=Severity.MEDIUM,
    fix="Set `user` to a number other than 0, such as 10001:10001.",
    sources=("FSBP:ECS.20", "aws-config:ecs-task-definition-nonroot-user"),
    frameworks=("NIST 800-53:AC-6",),
    ok=(_task(user="10001:10001"), {"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}),
    bad=(_task(), _task(user="root"), _task(user="0:0"), {"containerDefinitions": "{}"}),
)
def not_root(task: Resource) -> Iterator[Found | str]:
    if task.text("runtimePlatform.operatingSystemFamily").startswith("WINDOWS"):
        return
    try:
        for name, container in containers(task):
            user = str(container.get("user") or "").partition(":")[0]
            if user in ROOT:
                yield Found(name, f"user of container {name} is {user or 'not set, which is that of its image'}")
    except MalformedError as error:
        yield str(error)

"""A task that shares its host's network or processes sees, and reaches, what other tasks do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._containers import TASK
from .._resource import UNKNOWN, Found, NotEvaluated
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


SHARED: Final = {"networkMode": "host", "pidMode": "host", "ipcMode": "host"}


@rule(
    id="ecs-no-host-namespaces",
    title="Tasks share no network and no processes with their host",
    applies_to=TASK,
    severity=Severity.HIGH,
    fix="Set network_mode to awsvpc, and leave pid_mode and ipc_mode out.",
    sources=(
        "FSBP:ECS.3",
        "FSBP:ECS.17",
        "checkov:CKV_AWS_335",
        "prowler:ecs_task_definitions_host_namespace_not_shared",
    ),
    frameworks=("NIST 800-53:AC-6", "NIST 800-53:SC-7"),
    ok=({"networkMode": "awsvpc"}, {"pidMode": "task", "ipcMode": "none"}),
    bad=({"networkMode": "host"}, {"networkMode": "awsvpc", "pidMode": "host"}, {"ipcMode": "host"}),
)
def no_host_namespaces(task: Resource) -> Iterator[Found | NotEvaluated]:
    for path, host in SHARED.items():
        value = task.peek(path)
        if value is UNKNOWN:
            yield NotEvaluated(path)
        elif value == host:
            yield Found(path, f"{path} is {host}")

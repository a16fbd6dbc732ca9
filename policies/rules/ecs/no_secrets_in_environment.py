"""A container's environment is shown in the console, in exports and to every process in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .._containers import TASK, MalformedError, containers, listed
from .._resource import Found
from .._rule import Severity, rule
from .._secret_words import sounds_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


def _task(*names: str) -> dict[str, str]:
    variables = [{"name": name, "value": "x"} for name in names]
    return {"containerDefinitions": json.dumps([{"name": "web", "environment": variables}])}


@rule(
    id="ecs-no-secrets-in-environment",
    title="Containers get no secrets by environment variables",
    applies_to=TASK,
    severity=Severity.HIGH,
    fix="Use `secrets` with valueFrom, or read the secret where it is used.",
    sources=(
        "FSBP:ECS.8",
        "cdk-nag:AwsSolutions-ECS2",
        "trivy:AVD-AWS-0036",
        "prowler:ecs_task_definitions_no_environment_secrets",
    ),
    frameworks=("NIST 800-53:IA-5(7)",),
    ok=(_task("QM_MODEL", "DB_PASSWORD_ARN"), {"containerDefinitions": '[{"name": "web"}]'}),
    bad=(
        _task("DB_PASSWORD"),
        _task("QM_MODEL", "openaiApiKey"),
        _task("AWS_SECRET_ACCESS_KEY"),
        {"containerDefinitions": "1"},
    ),
)
def no_secrets_in_environment(task: Resource) -> Iterator[Found | str]:
    try:
        for name, container in containers(task):
            for variable in listed(container, "environment"):
                key = str(variable.get("name") or "")
                if sounds_secret(key):
                    yield Found(
                        f"{name}/{key}", f"environment of container {name} has {key}, which sounds like a secret"
                    )
    except MalformedError as error:
        yield str(error)

"""Whoever opens a shell in a container sees what it sees; the log is the only trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


PATH: Final = "configuration.executeCommandConfiguration"


def _exec(**settings: object) -> dict[str, object]:
    return {"configuration": {"executeCommandConfiguration": settings}}


@rule(
    id="ecs-exec-logged",
    title="Shells in containers are logged and encrypted",
    applies_to="aws:ecs/cluster:Cluster",
    severity=Severity.MEDIUM,
    fix="Set execute_command_configuration.logging to OVERRIDE with a log group, and its kms_key_id.",
    sources=("checkov:CKV_AWS_223", "checkov:CKV_AWS_224"),
    frameworks=("NIST 800-53:AU-12", "NIST 800-53:SC-13"),
    ok=({}, _exec(logging="OVERRIDE", kmsKeyId="arn:aws:kms:eu-central-1:000000000000:key/k")),
    bad=(_exec(logging="NONE", kmsKeyId="k"), _exec(logging="OVERRIDE")),
)
def exec_logged(cluster: Resource) -> Iterator[str]:
    if not cluster.is_set(PATH):
        return
    if cluster.text(f"{PATH}.logging") == "NONE":
        yield f"{PATH}.logging is NONE"
    if not cluster.is_set(f"{PATH}.kmsKeyId"):
        yield f"{PATH}.kmsKeyId is not set"

"""A service that takes shells gives everybody who may start one the rights of its task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Parameter, Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="ecs-no-exec",
    title="Services take no shells",
    applies_to="aws:ecs/service:Service",
    severity=Severity.MEDIUM,
    fix="Set enable_execute_command to false.",
    frameworks=("NIST 800-53:AC-6", "NIST 800-53:CM-7"),
    unique=True,
    parameters={
        "allowed": Parameter(default=False, description="Whether shells are allowed; development may say yes.")
    },
    ok=({}, {"enableExecuteCommand": False}, Of({"enableExecuteCommand": True}, config={"allowed": True})),
    bad=({"enableExecuteCommand": True}, {"enableExecuteCommand": "true"}),
)
def no_exec(service: Resource) -> Iterator[str]:
    if not service.config["allowed"] and is_true(service.known("enableExecuteCommand")):
        yield "enableExecuteCommand is true"

"""A deployment whose tasks keep failing is tried for hours, unless the breaker ends it and brings back what worked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


PATH: Final = "deploymentCircuitBreaker"


@rule(
    id="ecs-deployment-rolls-back",
    title="A failing deployment of a service is rolled back",
    applies_to="aws:ecs/service:Service",
    severity=Severity.LOW,
    fix="Set deployment_circuit_breaker with enable and rollback, or use alarms with rollback.",
    frameworks=("NIST 800-53:CP-10",),
    unique=True,
    ok=(
        {PATH: {"enable": True, "rollback": True}},
        {"alarms": {"enable": True, "rollback": True}},
        {"deploymentController": {"type": "CODE_DEPLOY"}},
    ),
    bad=({}, {PATH: {"enable": True}}, {PATH: {"enable": False, "rollback": True}}),
)
def deployment_rolls_back(service: Resource) -> Iterator[str]:
    if service.text("deploymentController.type") in {"CODE_DEPLOY", "EXTERNAL"}:
        return
    if not any(
        is_true(service.known(f"{path}.enable")) and is_true(service.known(f"{path}.rollback"))
        for path in (PATH, "alarms")
    ):
        yield f"{PATH} does not have enable and rollback"

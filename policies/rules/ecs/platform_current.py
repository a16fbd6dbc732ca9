"""Fargate mends its platform in the newest version only; a pinned one keeps what was mended since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


CURRENT: Final = {"", "LATEST"}


@rule(
    id="ecs-platform-current",
    title="Fargate services run on the newest platform",
    applies_to=("aws:ecs/service:Service", "aws:ecs/taskSet:TaskSet"),
    severity=Severity.LOW,
    fix="Leave platform_version out.",
    sources=("FSBP:ECS.10", "checkov:CKV_AWS_332", "prowler:ecs_service_fargate_latest_platform_version"),
    frameworks=("NIST 800-53:SI-2",),
    parameters={"versions": Parameter(("1.4.0",), "Platform versions that are as good as the newest.")},
    ok=({"launchType": "FARGATE"}, {"platformVersion": "LATEST"}, {"platformVersion": "1.4.0"}),
    bad=({"platformVersion": "1.3.0"}, Of({"platformVersion": "1.4.0"}, config={"versions": []})),
)
def platform_current(service: Resource) -> Iterator[str]:
    version = service.text("platformVersion")
    if version not in CURRENT and version not in service.config["versions"]:
        yield f"platformVersion is {version}"

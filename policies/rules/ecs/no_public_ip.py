"""A task with a public address is one forgotten rule away from the internet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


SERVICE: Final = "aws:ecs/service:Service"
SET: Final = "aws:ecs/taskSet:TaskSet"
PATH: Final = "networkConfiguration.assignPublicIp"


@rule(
    id="ecs-no-public-ip",
    title="Services give their tasks no public address",
    applies_to=(SERVICE, SET),
    severity=Severity.HIGH,
    fix="Set network_configuration.assign_public_ip to false, and give the subnets a NAT gateway or endpoints.",
    sources=("FSBP:ECS.2", "checkov:CKV_AWS_333", "prowler:ecs_service_no_assign_public_ip"),
    frameworks=("NIST 800-53:AC-21", "NIST 800-53:SC-7"),
    ok=({}, {"networkConfiguration": {"assignPublicIp": False}}, Of({"networkConfiguration": {}}, SET)),
    bad=(
        {"networkConfiguration": {"assignPublicIp": True}},
        Of({"networkConfiguration": {"assignPublicIp": "true"}}, SET),
    ),
)
def no_public_ip(service: Resource) -> Iterator[str]:
    if is_true(service.known(PATH)):
        yield f"{PATH} is true"

"""A trace shows which of gateway, function and service took the time that a caller waited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Parameter, Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="api-stage-tracing",
    title="Stages of REST APIs trace requests",
    applies_to="aws:apigateway/stage:Stage",
    severity=Severity.LOW,
    fix="Set xray_tracing_enabled to true.",
    sources=(
        "FSBP:APIGateway.3",
        "cdk-nag:Serverless-APIGWXrayEnabled",
        "checkov:CKV_AWS_73",
        "trivy:AVD-AWS-0003",
        "prowler:apigateway_restapi_tracing_enabled",
    ),
    frameworks=("NIST 800-53:CA-7",),
    parameters={
        "required": Parameter(default=False, description="Whether stages must trace; where X-Ray is, they should.")
    },
    ok=({"xrayTracingEnabled": True}, {}, Of({"xrayTracingEnabled": "true"}, config={"required": True})),
    bad=(Of({}, config={"required": True}), Of({"xrayTracingEnabled": False}, config={"required": True})),
)
def stage_tracing(stage: Resource) -> Iterator[str]:
    if stage.config["required"] and not is_true(stage.known("xrayTracingEnabled")):
        yield "xrayTracingEnabled is not true"

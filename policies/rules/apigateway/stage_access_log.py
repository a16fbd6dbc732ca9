"""The access log says who asked for what and what they got; without one an incident has no beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


REST: Final = "aws:apigateway/stage:Stage"
HTTP: Final = "aws:apigatewayv2/stage:Stage"


@rule(
    id="api-stage-access-log",
    title="Stages write an access log",
    applies_to=(REST, HTTP),
    severity=Severity.MEDIUM,
    fix="Set access_log_settings with a log group and a format.",
    sources=(
        "cdk-nag:AwsSolutions-APIG1",
        "cdk-nag:Serverless-APIGWAccessLogging",
        "FSBP:APIGateway.9",
        "checkov:CKV_AWS_76",
        "trivy:AVD-AWS-0001",
        "prowler:apigatewayv2_api_access_logging_enabled",
    ),
    frameworks=("NIST 800-53:AU-12", "NIST 800-53:AU-3"),
    ok=(
        {"accessLogSettings": {"destinationArn": "arn:aws:logs:eu-central-1:000000000000:log-group:a"}},
        Of({"accessLogSettings": {"destinationArn": "arn:aws:logs:eu-central-1:000000000000:log-group:a"}}, HTTP),
    ),
    bad=({}, {"accessLogSettings": {"format": "{}"}}, Of({}, HTTP)),
)
def stage_access_log(stage: Resource) -> Iterator[str]:
    if not stage.is_set("accessLogSettings.destinationArn"):
        yield "accessLogSettings.destinationArn is not set"

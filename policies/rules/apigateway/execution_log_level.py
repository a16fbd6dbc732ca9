"""Execution logs say why the gateway itself refused or failed, which no function ever sees.

They need a role of the whole account, so that each environment says whether it asks for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


LEVELS: Final = {"OFF": 0, "ERROR": 1, "INFO": 2}


@rule(
    id="api-execution-log-level",
    title="REST APIs write execution logs of the level that is asked for",
    applies_to="aws:apigateway/methodSettings:MethodSettings",
    severity=Severity.LOW,
    fix="Set settings.logging_level, once the account has the role for it.",
    sources=(
        "FSBP:APIGateway.1",
        "cdk-nag:AwsSolutions-APIG6",
        "checkov:CKV2_AWS_4",
        "prowler:apigateway_restapi_logging_enabled",
    ),
    frameworks=("NIST 800-53:AU-12",),
    parameters={"least": Parameter("OFF", "OFF, ERROR or INFO.")},
    ok=(
        {},
        {"settings": {"loggingLevel": "OFF"}},
        Of({"settings": {"loggingLevel": "INFO"}}, config={"least": "ERROR"}),
    ),
    bad=(
        Of({"settings": {"loggingLevel": "OFF"}}, config={"least": "ERROR"}),
        Of({"settings": {}}, config={"least": "ERROR"}),
        Of({"settings": {"loggingLevel": "ERROR"}}, config={"least": "INFO"}),
    ),
)
def execution_log_level(methods: Resource) -> Iterator[str]:
    least = str(methods.config["least"])
    level = methods.text("settings.loggingLevel") or "OFF"
    if LEVELS.get(level, 0) < LEVELS.get(least, 0):
        yield f"settings.loggingLevel is {level}, at least {least} is asked for"

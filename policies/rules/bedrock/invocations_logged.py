"""What was asked and answered is the only evidence of an attack on a model, or of a wrong answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

LOGGING: Final = "aws:bedrockmodel/invocationLoggingConfiguration:InvocationLoggingConfiguration"


@rule(
    id="bedrock-invocations-logged",
    title="Logging of model invocations keeps the text, somewhere",
    applies_to=LOGGING,
    severity=Severity.MEDIUM,
    fix="Set cloudwatch_config or s3_config, and leave text_data_delivery_enabled on.",
    sources=("prowler:bedrock_model_invocation_logging_enabled",),
    frameworks=("AWS AI Security Framework 1.0:AISF-AI-05",),
    ok=(
        {"loggingConfig": {"cloudwatchConfig": {"logGroupName": "g"}}},
        {"loggingConfig": {"s3Config": {"bucketName": "b"}, "textDataDeliveryEnabled": True}},
    ),
    bad=(
        {},
        {"loggingConfig": {}},
        {"loggingConfig": {"s3Config": {"bucketName": "b"}, "textDataDeliveryEnabled": False}},
    ),
)
def invocations_logged(logging: Resource) -> Iterator[str]:
    if not any(logging.is_set(f"loggingConfig.{key}") for key in ("cloudwatchConfig", "s3Config")):
        yield "loggingConfig has no destination"
    elif logging.known("loggingConfig.textDataDeliveryEnabled") is False:
        yield "loggingConfig.textDataDeliveryEnabled is false"

"""A request that the gateway checks itself costs no function, and no parser of ours sees the worst of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


BODIES: Final = {"POST", "PUT", "PATCH"}


@rule(
    id="api-method-validated",
    title="Methods check their requests, those with a body against a model",
    applies_to="aws:apigateway/method:Method",
    severity=Severity.MEDIUM,
    fix="Set request_validator_id, and request_models for methods that take a body.",
    sources=("cdk-nag:AwsSolutions-APIG2", "checkov:CKV2_AWS_53"),
    frameworks=("NIST 800-53:SI-10",),
    ok=(
        {"httpMethod": "POST", "requestValidatorId": "v1", "requestModels": {"application/json": "Ask"}},
        {"httpMethod": "GET", "requestValidatorId": "v1"},
        {"httpMethod": "OPTIONS"},
    ),
    bad=(
        {"httpMethod": "POST"},
        {"httpMethod": "PUT", "requestValidatorId": "v1"},
        {"httpMethod": "PATCH", "requestModels": {"application/json": "Ask"}},
        {"httpMethod": "GET", "requestParameters": {"method.request.path.name": True}},
    ),
)
def method_validated(method: Resource) -> Iterator[str]:
    verb = method.text("httpMethod")
    if verb == "OPTIONS":
        return
    asks = verb in BODIES or bool(method.keys("requestParameters")) or bool(method.keys("requestModels"))
    if asks and not method.is_set("requestValidatorId"):
        yield f"requestValidatorId of {verb} is not set"
    if verb in BODIES and not method.keys("requestModels"):
        yield f"requestModels of {verb} is not set"

"""A validator that checks neither body nor parameters lets everything through under a good name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="api-validator-validates",
    title="Request validators check something",
    applies_to="aws:apigateway/requestValidator:RequestValidator",
    severity=Severity.MEDIUM,
    fix="Set validate_request_body or validate_request_parameters to true.",
    sources=("cdk-nag:AwsSolutions-APIG2",),
    frameworks=("NIST 800-53:SI-10",),
    ok=({"validateRequestBody": True}, {"validateRequestBody": False, "validateRequestParameters": "true"}),
    bad=({}, {"validateRequestBody": False, "validateRequestParameters": False}),
)
def validator_validates(validator: Resource) -> Iterator[str]:
    switches = ("validateRequestBody", "validateRequestParameters")
    if not any(is_true(validator.known(switch)) for switch in switches):
        yield f"neither {' nor '.join(switches)} is true"

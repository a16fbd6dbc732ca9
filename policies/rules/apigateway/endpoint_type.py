"""An edge endpoint puts a CloudFront distribution of AWS's own before the API, which our logs do not see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._resource import NotEvaluated
from .._rule import Of, Parameter, Severity, rule
from .._scalars import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="api-endpoint-type",
    title="REST APIs have endpoints of the allowed types",
    applies_to="aws:apigateway/restApi:RestApi",
    severity=Severity.LOW,
    fix="Set endpoint_configuration.types to REGIONAL, or to PRIVATE for callers in VPCs only.",
    sources=("prowler:apigateway_restapi_public",),
    frameworks=("NIST 800-53:SC-7",),
    parameters={"types": Parameter(("REGIONAL", "PRIVATE"), "Types of endpoint that are allowed.")},
    ok=(
        {"endpointConfiguration": {"types": "REGIONAL"}},
        {"endpointConfiguration": {"types": ["PRIVATE"]}},
        Of({}, config={"types": ["EDGE"]}),
    ),
    bad=(
        {},
        {"endpointConfiguration": {"types": "EDGE"}},
        Of({"endpointConfiguration": {"types": "REGIONAL"}}, config={"types": ["PRIVATE"]}),
    ),
)
def endpoint_type(api: Resource) -> Iterator[str | NotEvaluated]:
    read = texts(api, "endpointConfiguration.types")
    if read.unknown:
        yield NotEvaluated("endpointConfiguration.types")
        return
    other = sorted(set(read.values or ("EDGE",)) - set(api.config["types"]))
    if other:
        yield f"endpointConfiguration.types is {', '.join(other)}"

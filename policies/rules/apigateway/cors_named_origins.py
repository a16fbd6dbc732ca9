"""`Access-Control-Allow-Origin: *` lets a page of anybody's read answers with the visitor's own reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from .._resource import NotEvaluated
from .._rule import Of, Severity, rule
from .._scalars import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


ANSWER: Final = "aws:apigateway/integrationResponse:IntegrationResponse"
REFUSAL: Final = "aws:apigateway/response:Response"
HTTP: Final = "aws:apigatewayv2/api:Api"
HEADER: Final = "access-control-allow-origin"


@rule(
    id="api-cors-named-origins",
    title="CORS names the origins whose pages may call",
    applies_to=(ANSWER, REFUSAL, HTTP),
    severity=Severity.MEDIUM,
    fix="List the origins; none at all is best where no page calls.",
    frameworks=("NIST 800-53:AC-4",),
    ok=(
        {},
        {"responseParameters": {"method.response.header.Access-Control-Allow-Origin": "'https://qm.example.com'"}},
        Of({"responseParameters": {"gatewayresponse.header.Cache-Control": "'no-store'"}}, REFUSAL),
        Of({"corsConfiguration": {"allowOrigins": ["https://qm.example.com"]}}, HTTP),
        Of({}, HTTP),
    ),
    bad=(
        {"responseParameters": {"method.response.header.Access-Control-Allow-Origin": "'*'"}},
        Of({"responseParameters": {"gatewayresponse.header.access-control-allow-origin": "'*'"}}, REFUSAL),
        Of({"corsConfiguration": {"allowOrigins": ["https://qm.example.com", "*"]}}, HTTP),
        Of({"corsConfiguration": {"allowOrigins": ["https://*"]}}, HTTP),
    ),
)
def cors_named_origins(api: Resource) -> Iterator[str | NotEvaluated]:
    if api.type == HTTP:
        read = texts(api, "corsConfiguration.allowOrigins")
        if read.unknown:
            yield NotEvaluated("corsConfiguration.allowOrigins")
        if wide := [one for one in read.values if one.endswith("*")]:
            yield f"corsConfiguration.allowOrigins has {', '.join(wide)}"
        return
    headers = api.known("responseParameters")
    for name, value in headers.items() if isinstance(headers, Mapping) else ():
        if name.lower().endswith(HEADER) and str(value).strip("'\" ") == "*":
            yield f"responseParameters sets {name.rpartition('.')[2]} to *"

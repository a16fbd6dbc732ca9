"""A data trace writes whole requests and answers into the log, with tokens and what people asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


REST: Final = "aws:apigateway/methodSettings:MethodSettings"
HTTP: Final = "aws:apigatewayv2/stage:Stage"


@rule(
    id="api-no-data-trace",
    title="No stage writes requests and answers into a log",
    applies_to=(REST, HTTP),
    severity=Severity.HIGH,
    fix="Set data_trace_enabled to false.",
    sources=("checkov:CKV_AWS_276",),
    frameworks=("NIST 800-53:SI-11",),
    ok=(
        {"settings": {"dataTraceEnabled": False, "loggingLevel": "ERROR"}},
        {"settings": {}},
        Of({"defaultRouteSettings": {"dataTraceEnabled": False}}, HTTP),
    ),
    bad=(
        {"settings": {"dataTraceEnabled": True}},
        Of({"defaultRouteSettings": {"dataTraceEnabled": "true"}}, HTTP),
        Of({"routeSettings": [{"routeKey": "POST /ask", "dataTraceEnabled": True}]}, HTTP),
    ),
)
def no_data_trace(stage: Resource) -> Iterator[str]:
    paths = ["settings"]
    if stage.type == HTTP:
        paths = ["defaultRouteSettings", *stage.each("routeSettings")]
    for path in paths:
        if is_true(stage.known(f"{path}.dataTraceEnabled")):
            yield f"{path}.dataTraceEnabled is true"

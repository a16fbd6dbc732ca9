"""The gateway gives up after 29 seconds when it buffers; a longer timeout is refused, or was raised for the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule
from .._scalars import amount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


REST: Final = "aws:apigateway/integration:Integration"
HTTP: Final = "aws:apigatewayv2/integration:Integration"


@rule(
    id="api-integration-timeout",
    title="Integrations give up in time",
    applies_to=(REST, HTTP),
    severity=Severity.LOW,
    fix="Set the timeout to at most what is allowed; answer what takes longer in the background, or stream it.",
    parameters={"most_ms": Parameter(29_000, "Longest timeout of an integration that does not stream.")},
    ok=(
        {"type": "AWS_PROXY"},
        {"type": "AWS_PROXY", "timeoutMilliseconds": 29_000},
        {"type": "AWS_PROXY", "timeoutMilliseconds": 600_000, "responseTransferMode": "STREAM"},
        Of({"integrationType": "AWS_PROXY", "timeoutMilliseconds": 29_000}, HTTP),
        Of({"timeoutMilliseconds": 60_000}, config={"most_ms": 60_000}),
    ),
    bad=(
        {"type": "AWS_PROXY", "timeoutMilliseconds": 60_000},
        {"type": "AWS_PROXY", "timeoutMilliseconds": "29001"},
        Of({"integrationType": "AWS_PROXY", "timeoutMilliseconds": 30_000}, HTTP),
    ),
)
def integration_timeout(integration: Resource) -> Iterator[str]:
    if integration.text("responseTransferMode") == "STREAM":
        return
    given, most = amount(integration.known("timeoutMilliseconds")), int(integration.config["most_ms"])
    if given is not None and given > most:
        yield f"timeoutMilliseconds is {given:g}, at most {most} are allowed"

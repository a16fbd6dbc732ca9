"""What the gateway sends to a backend by plain HTTP, with the caller's token, anybody on the way can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


REST: Final = "aws:apigateway/integration:Integration"
HTTP: Final = "aws:apigatewayv2/integration:Integration"


@rule(
    id="api-integration-encrypted",
    title="Integrations call backends by HTTPS, and check their certificates",
    applies_to=(REST, HTTP),
    severity=Severity.HIGH,
    fix="Use an https address; set tls_config.server_name_to_verify for private integrations of HTTP APIs.",
    sources=("FSBP:APIGateway.10", "aws-config:apigatewayv2-integration-private-https-enabled"),
    frameworks=("NIST 800-53:SC-8",),
    ok=(
        {"type": "HTTP_PROXY", "uri": "https://example.com/ask"},
        {"type": "MOCK"},
        Of({"integrationType": "HTTP_PROXY", "integrationUri": "https://example.com"}, HTTP),
        Of({"connectionType": "VPC_LINK", "tlsConfig": {"serverNameToVerify": "api.example.com"}}, HTTP),
    ),
    bad=(
        {"type": "HTTP_PROXY", "uri": "http://example.com/ask"},
        {"type": "HTTP", "uri": "https://example.com", "tlsConfig": {"insecureSkipVerification": True}},
        Of({"integrationType": "HTTP_PROXY", "integrationUri": "HTTP://example.com"}, HTTP),
        Of({"integrationType": "HTTP_PROXY", "connectionType": "VPC_LINK"}, HTTP),
    ),
)
def integration_encrypted(integration: Resource) -> Iterator[str]:
    path = "uri" if integration.type == REST else "integrationUri"
    web = integration.text("type" if integration.type == REST else "integrationType").startswith("HTTP")
    if web and integration.text(path).lower().startswith("http://"):
        yield f"{path} is http"
    if is_true(integration.known("tlsConfig.insecureSkipVerification")):
        yield "tlsConfig.insecureSkipVerification is true"
    private = integration.type == HTTP and integration.text("connectionType") == "VPC_LINK"
    if private and not integration.is_set("tlsConfig.serverNameToVerify"):
        yield "tlsConfig.serverNameToVerify is not set"

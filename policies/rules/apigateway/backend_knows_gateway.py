"""An HTTP backend on the internet cannot tell the gateway from anybody else unless the gateway shows a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Enforcement, Severity, stack_rule
from .._stack import Node, Together
from .._used import given, sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


STAGE: Final = "aws:apigateway/stage:Stage"
INTEGRATION: Final = "aws:apigateway/integration:Integration"
API: Final = Node("aws:apigateway/restApi:RestApi", "api")
OF_API: Final = {"restApi": "api"}
WEB: Final = Node(INTEGRATION, "web", {"type": "HTTP_PROXY", "uri": "https://example.com"}, OF_API)


@stack_rule(
    id="api-backend-knows-gateway",
    title="Stages in front of HTTP backends have a client certificate",
    severity=Severity.LOW,
    fix="Set client_certificate_id, and have the backend ask for it.",
    sources=("FSBP:APIGateway.2", "checkov:CKV2_AWS_51", "prowler:apigateway_restapi_client_certificate_enabled"),
    frameworks=("NIST 800-53:SC-8", "NIST 800-53:IA-5(1)"),
    enforcement=Enforcement.ADVISORY,
    ok=(
        Together((API, Node(STAGE, "stage", sources=OF_API), Node(INTEGRATION, "f", {"type": "AWS_PROXY"}, OF_API))),
        Together((API, Node(STAGE, "stage", {"clientCertificateId": "c1"}, OF_API), WEB)),
        Together(
            (API, Node(STAGE, "stage", sources=OF_API), Node(INTEGRATION, "p", {"connectionType": "VPC_LINK"}, OF_API))
        ),
    ),
    bad=(Together((API, Node(STAGE, "stage", sources=OF_API), WEB)),),
)
def backend_knows_gateway(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    kinds: dict[str, list[object]] = {}
    for one in stack.of(INTEGRATION):
        if one.peek("connectionType") != "VPC_LINK":
            for api in sources_of(one, "restApi"):
                kinds.setdefault(api, []).append(one.peek("type"))
    for stage in stack.of(STAGE):
        found = [kind for api in sources_of(stage, "restApi") for kind in kinds.get(api, ())]
        web = "HTTP" in found or "HTTP_PROXY" in found
        if given(stage, "clientCertificateId") or not (web or UNKNOWN in found):
            continue
        if web and given(stage, "clientCertificateId") is False:
            yield stage, "clientCertificateId is not set, and the API calls a backend by HTTP"
        else:
            yield NotEvaluated(f"{stage.name}.clientCertificateId")

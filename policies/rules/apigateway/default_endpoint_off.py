"""Beside a domain of one's own the address that AWS gives is a second way in, without the domain's TLS and firewall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._scalars import is_true
from .._stack import Node, Together
from .._used import used

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


REST: Final = "aws:apigateway/restApi:RestApi"
HTTP: Final = "aws:apigatewayv2/api:Api"
MAPPINGS: Final = {
    REST: ("aws:apigateway/basePathMapping:BasePathMapping", "restApi"),
    HTTP: ("aws:apigatewayv2/apiMapping:ApiMapping", "apiId"),
}
OFF: Final = {"disableExecuteApiEndpoint": True}
MAPPED: Final = Node(MAPPINGS[REST][0], "mapping", sources={"restApi": "api"})


@stack_rule(
    id="api-default-endpoint-off",
    title="An API with a domain name has no second address",
    severity=Severity.MEDIUM,
    fix="Set disable_execute_api_endpoint to true.",
    frameworks=("NIST 800-53:SC-7",),
    unique=True,
    ok=(
        Together((Node(REST, "api"),)),
        Together((Node(REST, "api", OFF), MAPPED)),
        Together((Node(HTTP, "api", OFF), Node(MAPPINGS[HTTP][0], "mapping", sources={"apiId": "api"}))),
    ),
    bad=(
        Together((Node(REST, "api"), MAPPED)),
        Together((Node(HTTP, "api", {}), Node(MAPPINGS[HTTP][0], "mapping", sources={"apiId": "api"}))),
    ),
)
def default_endpoint_off(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for kind, (mapping, name) in MAPPINGS.items():
        mapped = used(stack, mapping, name)
        for api in stack.of(kind):
            off = api.peek("disableExecuteApiEndpoint")
            if api.urn not in mapped or is_true(off):
                continue
            if off is UNKNOWN:
                yield NotEvaluated(f"{api.name}.disableExecuteApiEndpoint")
            else:
                yield api, "disableExecuteApiEndpoint is not true, and a domain name leads here"

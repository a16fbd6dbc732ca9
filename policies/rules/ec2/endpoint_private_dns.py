"""Without private DNS code keeps calling the service's public address, and the endpoint is paid for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="ec2-endpoint-private-dns",
    title="Interface endpoints answer under the service's usual name",
    applies_to="aws:ec2/vpcEndpoint:VpcEndpoint",
    severity=Severity.LOW,
    fix="Set private_dns_enabled to true.",
    frameworks=("NIST 800-53:SC-7",),
    ok=(
        {"vpcEndpointType": "Interface", "privateDnsEnabled": True},
        {"vpcEndpointType": "Gateway"},
        {},
    ),
    bad=(
        {"vpcEndpointType": "Interface"},
        {"vpcEndpointType": "Interface", "privateDnsEnabled": False},
    ),
)
def endpoint_private_dns(endpoint: Resource) -> Iterator[str]:
    if endpoint.text("vpcEndpointType") == "Interface" and not is_true(endpoint.known("privateDnsEnabled")):
        yield "privateDnsEnabled is not true"

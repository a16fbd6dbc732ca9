"""An endpoint without a policy lets every action of its service through, to any account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together
from .._used import given, used

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
POLICY: Final = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
KINDS: Final = {"", "Gateway", "Interface"}  # the others have no policy
S3: Final = {"serviceName": "com.amazonaws.eu-central-1.s3"}


@stack_rule(
    id="ec2-endpoint-has-policy",
    title="Every VPC endpoint has a policy",
    severity=Severity.MEDIUM,
    fix="Set policy of the endpoint, or add a VpcEndpointPolicy.",
    sources=("prowler:vpc_endpoint_connections_trust_boundaries",),
    frameworks=("NIST 800-53:AC-6",),
    ok=(
        Together(()),
        Together((Node(ENDPOINT, "s3", S3 | {"policy": "{}"}),)),
        Together((Node(ENDPOINT, "s3", S3), Node(POLICY, "policy", sources={"vpcEndpointId": "s3"}))),
        Together((Node(ENDPOINT, "wall", {"vpcEndpointType": "GatewayLoadBalancer"}),)),
    ),
    bad=(
        Together((Node(ENDPOINT, "s3", S3),)),
        Together((Node(ENDPOINT, "athena", {"vpcEndpointType": "Interface"}),)),
    ),
)
def endpoint_has_policy(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    held = used(stack, POLICY, "vpcEndpointId")
    for endpoint in stack.of(ENDPOINT):
        kind = endpoint.peek("vpcEndpointType")
        has = endpoint.urn in held or given(endpoint, "policy")
        if has or (isinstance(kind, str) and kind not in KINDS):
            continue
        if has is None or kind is UNKNOWN:
            yield NotEvaluated(f"{endpoint.name}.policy")
        else:
            yield endpoint, "policy is not set, so every action may pass"

"""Functions in a VPC reach services by endpoints: a missing one is a detour or timeout, an idle one costs by the hour.

What functions call is read from the actions that their roles allow.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._documents import MalformedError, statements
from .._resource import NotEvaluated, NotKnownError
from .._rule import Severity, stack_rule
from .._stack import Node, Together
from .._used import sources_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._stack import Member, Stack


FUNCTION: Final = "aws:lambda/function:Function"
ROLE: Final = "aws:iam/role:Role"
POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
SUBNET: Final = "aws:ec2/subnet:Subnet"
FREE: Final = {"dynamodb", "s3"}
# Prefix of an action -> last part of the service name. What AWS itself does with a role, such as writing a function's
# log, never enters the VPC.
SERVICES: Final[Mapping[str, str]] = {
    **{name: name for name in ("athena", "events", "lambda", "secretsmanager", "sns", "ssm", "states", "sts")},
    **{name: name for name in ("dynamodb", "s3", "execute-api")},
    "bedrock": "bedrock-runtime",
    "cloudwatch": "monitoring",
}
# Of KMS only what code calls itself: services encrypt and decrypt for it, from outside the VPC.
CALLED: Final[Mapping[str, str]] = dict.fromkeys(("kms:getpublickey", "kms:sign", "kms:verify"), "kms")


def _allows(*actions: str) -> Node:
    text = json.dumps({"Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})
    return Node(POLICY, "policy", {"policy": text}, {"role": "role"})


def _endpoint(service: str) -> Node:
    return Node(ENDPOINT, service, {"serviceName": f"com.amazonaws.eu-central-1.{service}"}, {"vpcId": "vpc"})


INSIDE: Final = (
    Node("aws:ec2/vpc:Vpc", "vpc"),
    Node(SUBNET, "private", sources={"vpcId": "vpc"}),
    Node(ROLE, "role"),
    Node(FUNCTION, "api", sources={"vpcConfig": "private", "role": "role"}),
)


@stack_rule(
    id="ec2-endpoints-match-services",
    title="A VPC has the endpoints of the services that its functions use, and no others",
    severity=Severity.MEDIUM,
    fix="Add the endpoint, or remove the one that nothing uses.",
    frameworks=("NIST 800-53:SC-7",),
    unique=True,
    ok=(
        Together(()),
        Together((*INSIDE, _allows("dynamodb:GetItem", "logs:PutLogEvents"), _endpoint("dynamodb"))),
        # Without any interface endpoint the VPC has another way out.
        Together((*INSIDE, _allows("s3:GetObject", "sns:Publish"), _endpoint("s3"))),
        Together(
            (*INSIDE, _allows("sns:Publish", "bedrock:InvokeModel"), _endpoint("sns"), _endpoint("bedrock-runtime"))
        ),
        Together((*INSIDE, _allows("sns:Publish", "kms:Decrypt"), _endpoint("sns"))),
        Together((*INSIDE, _allows("kms:Sign"), _endpoint("kms"))),
    ),
    bad=(
        Together((*INSIDE, _allows("s3:GetObject"))),
        Together((*INSIDE, _allows("sns:Publish", "athena:GetQueryResults"), _endpoint("sns"))),
        Together((*INSIDE, _allows("sns:Publish"), _endpoint("sns"), _endpoint("ssm"))),
        Together((*INSIDE, _allows("sns:Publish", "kms:GetPublicKey"), _endpoint("sns"))),
        Together((*INSIDE, _allows("sns:Publish", "kms:Decrypt"), _endpoint("sns"), _endpoint("kms"))),
    ),
)
def endpoints_match_services(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    vpcs = {subnet.urn: sources_of(subnet, "vpcId") for subnet in stack.of(SUBNET)}
    for vpc in stack.of("aws:ec2/vpc:Vpc"):
        subnets = {subnet for subnet, of in vpcs.items() if vpc.urn in of}
        inside = [one for one in stack.of(FUNCTION) if subnets & sources_of(one, "vpcConfig")]
        if not inside:
            continue
        present: dict[str, Member] = {}
        for endpoint in stack.of(ENDPOINT):
            name = endpoint.peek("serviceName")
            if vpc.urn not in sources_of(endpoint, "vpcId"):
                continue
            if not isinstance(name, str):
                yield NotEvaluated(f"{endpoint.name}.serviceName")
                return
            present[name.rpartition(".")[2]] = endpoint
        needed, unknown = _services(stack, inside)
        yield from unknown
        wanted = needed if set(present) - FREE else needed & FREE
        for service in sorted(wanted - set(present)):
            yield vpc, f"functions call {service}, and the VPC has no endpoint of it"
        for service in sorted((set(present) & {*SERVICES.values(), *CALLED.values()}) - needed if not unknown else ()):
            yield present[service], f"no function of the VPC calls {service}"


def _services(stack: Stack, functions: list[Member]) -> tuple[set[str], list[NotEvaluated]]:
    """Last parts of the names of the services that the roles allow, and the policies that are unknown."""
    roles = {urn for function in functions for urn in sources_of(function, "role")}
    services, unknown = set[str](), list[NotEvaluated]()
    for policy in stack.of(POLICY):
        if not roles & sources_of(policy, "role"):
            continue
        try:
            allowed = [one for one in statements(policy, "policy") if one.allows]
        except NotKnownError:
            unknown.append(NotEvaluated(f"{policy.name}.policy"))
            continue
        except MalformedError:  # IAM refuses it
            continue
        actions = {action.lower() for one in allowed for action in one.actions}
        services |= {SERVICES[prefix] for prefix in {one.partition(":")[0] for one in actions} & set(SERVICES)}
        services |= {CALLED[action] for action in actions & set(CALLED)}
    return services, unknown

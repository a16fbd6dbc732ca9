"""Which VPC endpoints functions need, read from the IAM actions that they are granted.

Only what code calls from inside the VPC needs one. What AWS does with a function's role from outside - writing its
log, delivering a dead letter, decrypting a table's items, reading the catalogue for Athena - never enters the VPC.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from components.arns import Arns

# Both cost nothing, and are entries of a route table.
_GATEWAYS: Final = frozenset({"dynamodb", "s3"})

# Prefix of an action -> last part of the endpoint's service name, where code calls the service itself.
# https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
_SERVICES: Final[Mapping[str, str]] = {
    "athena": "athena",
    "bedrock": "bedrock-runtime",  # `bedrock` is the control plane, which no function calls
    "cloudwatch": "monitoring",
    "dynamodb": "dynamodb",
    "events": "events",
    "execute-api": "execute-api",
    "lambda": "lambda",
    "s3": "s3",
    "secretsmanager": "secretsmanager",
    "sns": "sns",
    "ssm": "ssm",
    "states": "states",
    "sts": "sts",
}

# Actions that code calls itself, of a service that otherwise acts for others.
_CALLED: Final[Mapping[str, str]] = {"kms:GetPublicKey": "kms", "kms:Sign": "kms"}

# Prefix of an action -> who acts on it, from outside the VPC.
_OUTSIDE: Final[Mapping[str, str]] = {
    "ec2": "Lambda makes the function's network interfaces",
    "glue": "Athena reads the catalogue",
    "kms": "the service that keeps the data encrypts and decrypts it",
    "logs": "Lambda writes the function's log",
    "sqs": "Lambda delivers dead letters",
    "xray": "Lambda sends the function's traces",
}


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An endpoint: its service, and the actions that may pass it."""

    service: str
    actions: tuple[str, ...]

    @property
    def gateway(self) -> bool:
        """Whether it is an entry of route tables, not an address in each subnet."""
        return self.service in _GATEWAYS

    def service_name(self, region: str) -> str:
        """What EC2 calls the service."""
        return f"com.amazonaws.{region}.{self.service}"

    def policy(self, arns: Arns) -> str:
        """Only those actions, and only for this account's roles; through S3 and DynamoDB only to its own data.

        Without the last, stolen code could copy what it reads into a bucket of its own account. Gateway endpoints
        take no principal but `*`, so the conditions say who.
        https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
        """
        equals = {"aws:PrincipalAccount": arns.account}
        if self.gateway:
            equals["aws:ResourceAccount"] = arns.account
        statement = {
            "Sid": "OurRolesOnly",
            "Effect": "Allow",
            "Principal": "*",
            "Action": list(self.actions),
            "Resource": "*",
            "Condition": {"StringEquals": equals},
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def endpoints(actions: Iterable[str], *, interfaces: bool) -> tuple[Endpoint, ...]:
    """The endpoints for what functions may do, by service; without `interfaces` only those that cost nothing.

    Raises ValueError for an action of a service that stands in neither table.
    """
    used: dict[str, set[str]] = {}
    for action in actions:
        prefix = action.partition(":")[0]
        if called := _CALLED.get(action, _SERVICES.get(prefix)):
            used.setdefault(called, set()).add(action)
        elif prefix not in _OUTSIDE:
            raise ValueError(f"{action} is of a service without a place: say in endpoints.py who calls {prefix}")
    found = (Endpoint(service=service, actions=tuple(sorted(used[service]))) for service in sorted(used))
    return tuple(endpoint for endpoint in found if interfaces or endpoint.gateway)

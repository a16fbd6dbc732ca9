"""Through an endpoint to S3 or DynamoDB stolen code can copy what it reads into a bucket of its own account."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._documents import MalformedError, statements
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._resource import Resource


GATEWAYS: Final = (".s3", ".dynamodb")
# Keys that say whose data it is.
HOME: Final = {"aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "s3:resourceaccount"}
S3: Final = {"serviceName": "com.amazonaws.eu-central-1.s3"}


def _document(resource: object, **conditions: str) -> dict[str, str]:
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": resource,
        "Condition": {"StringEquals": {key.replace("_", ":"): value for key, value in conditions.items()}},
    }
    return S3 | {"policy": json.dumps({"Statement": [statement]})}


@rule(
    id="ec2-endpoint-keeps-data-home",
    title="Endpoints of S3 and DynamoDB lead to data of named accounts only",
    applies_to="aws:ec2/vpcEndpoint:VpcEndpoint",
    severity=Severity.MEDIUM,
    fix="Add a condition on aws:ResourceAccount or aws:ResourceOrgID, or name the buckets and tables.",
    frameworks=("NIST 800-53:AC-4", "NIST 800-53:SC-7(10)"),
    unique=True,
    ok=(
        _document("*", aws_ResourceAccount="000000000000"),
        _document("arn:aws:s3:::qm-lake-dev/*", aws_PrincipalAccount="000000000000"),
        {"serviceName": "com.amazonaws.eu-central-1.sns", "policy": '{"Statement": []}'},
    ),
    bad=(
        _document("*", aws_PrincipalAccount="000000000000"),
        _document(["arn:aws:s3:::*"]),
        S3 | {"policy": "[]"},
    ),
)
def endpoint_keeps_data_home(endpoint: Resource) -> Iterator[str]:
    if not endpoint.text("serviceName").endswith(GATEWAYS):
        return
    try:
        for statement in statements(endpoint, "policy"):
            home = any(key in HOME and operator.startswith("String") for operator, key, _ in statement.conditions)
            if statement.allows and not home and (statement.not_resources or _any(statement)):
                yield f"{statement.granted} may reach any account's data"
    except MalformedError as error:
        yield str(error)


def _any(statement: Statement) -> bool:
    return any(one == "*" or one.rpartition(":")[2].startswith("*") for one in statement.resources)

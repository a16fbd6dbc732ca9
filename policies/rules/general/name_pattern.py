"""A name that says whose it is and where it runs cannot be taken for another environment's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

BUCKET: Final = "aws:s3/bucket:Bucket"
FUNCTION: Final = "aws:lambda/function:Function"
ROLE: Final = "aws:iam/role:Role"
LOGS: Final = "aws:cloudwatch/logGroup:LogGroup"
LAKE: Final = "aws:glue/catalogDatabase:CatalogDatabase"
# Which property is the physical name. IAM is one for all regions, so its names may end in the region.
NAMES: Final = {
    FUNCTION: "name",
    BUCKET: "bucket",
    LOGS: "name",
    LAKE: "name",
    "aws:apigateway/restApi:RestApi": "name",
    "aws:apigatewayv2/api:Api": "name",
    "aws:athena/workgroup:Workgroup": "name",
    "aws:cognito/userPool:UserPool": "name",
    "aws:dynamodb/table:Table": "name",
    "aws:iam/policy:Policy": "name",
    ROLE: "name",
    "aws:kms/alias:Alias": "name",
    "aws:sns/topic:Topic": "name",
    "aws:sqs/queue:Queue": "name",
}
WORDS: Final = r"[a-zA-Z0-9]+(?:[-_][a-zA-Z0-9]+)*"
REGION: Final = r"[a-z]{2}(?:-[a-z]+)+-\d"
DEV: Final = {"environment": "dev"}


@rule(
    id="name-pattern",
    title="Physical names are {prefix}-{name}-{environment}",
    applies_to=tuple(NAMES),
    severity=Severity.MEDIUM,
    fix="Take the name from the name solver; buckets also carry account and region.",
    parameters={
        "prefix": Parameter("", "First word of every name; any word when empty."),
        "environment": Parameter("", "Last word of every name; the stack's name when empty."),
    },
    ok=(
        Of({"name": "qm-api-dev"}, FUNCTION, DEV),
        Of({"name": "acme-sql-gateway-prod"}, FUNCTION, {"prefix": "acme", "environment": "prod"}),
        Of({"name": "/aws/lambda/qm-api-dev"}, LOGS, DEV),
        Of({"name": "aws-waf-logs-qm-edge-dev"}, LOGS, DEV),
        Of({"name": "qm_lake_dev"}, LAKE, DEV),
        Of({"name": "qm_lake_pr_123"}, LAKE, {"environment": "pr-123"}),
        Of({"name": "qm-api-dev-us-east-1"}, ROLE, DEV),
        Of({"bucket": "qm-data-dev-000000000000-us-east-1"}, BUCKET, DEV),
    ),
    bad=(
        Of({}, FUNCTION, DEV),
        Of({"name": "api"}, FUNCTION, DEV),
        Of({"name": "qm-api-prod"}, FUNCTION, DEV),
        Of({"name": "other-api-dev"}, FUNCTION, DEV | {"prefix": "qm"}),
        Of({"name": "api-dev"}, FUNCTION, DEV),
        Of({"name": "api-5f3a9c1", "__defaults": ["name"]}, FUNCTION, DEV),
        Of({"bucket": "qm-data-dev"}, BUCKET, DEV),
        Of({"namePrefix": "qm-api-dev"}, FUNCTION, DEV),
    ),
)
def name_pattern(resource: Resource) -> Iterator[str]:
    key = NAMES[resource.type]
    if not resource.is_set(key):
        yield f"{key} is not set, so the provider makes one up"
        return
    # Log groups and key aliases have a path before the name; WAF delivers only to groups that begin with its words.
    name = resource.text(key).rpartition("/")[2].removeprefix("aws-waf-logs-")
    prefix, environment = resource.config["prefix"], resource.config["environment"] or resource.stack
    first = re.escape(prefix) if prefix else "[a-z][a-z0-9]*"
    place = {BUCKET: rf"-\d{{12}}-{REGION}", ROLE: f"(?:-{REGION})?"}.get(resource.type, "")
    # Where a hyphen may not stand, as in a database, the environment's is `_` too.
    own = re.escape(environment).replace(r"\-", "[-_]")
    if not re.fullmatch(f"{first}[-_]{WORDS}[-_]{own}{place}", name):
        wanted = f"{prefix or '<prefix>'}-<name>-{environment}" + (
            "-<account>-<region>" if resource.type == BUCKET else ""
        )
        yield f"{key} {name!r} is not {wanted}"

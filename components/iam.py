"""IAM statements by intent: a caller says what a role is for, and gets exactly the actions that takes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from .bedrock import profile_geography

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .arns import Arns

Condition: TypeAlias = "Mapping[str, Mapping[str, str | list[str]]]"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One `Allow`; `sid` says the intent."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Condition = field(default_factory=dict)


def document(statements: Iterable[Statement]) -> str:
    """A policy document as JSON, equal for equal statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": [_plain(statement) for statement in statements]})


def _plain(statement: Statement) -> dict[str, object]:
    plain: dict[str, object] = {
        "Sid": statement.sid,
        "Effect": "Allow",
        "Action": sorted(statement.actions),
        "Resource": sorted(statement.resources),
    }
    return {**plain, "Condition": statement.condition} if statement.condition else plain


def trust(arns: Arns, service: str, source: str = "") -> str:
    """The document by which one AWS service may take a role, for this account only, and for `source` where given.

    Without the account another customer's resource could have the service act as our role (the confused deputy).
    """
    condition: dict[str, dict[str, str]] = {"StringEquals": {"aws:SourceAccount": arns.account}}
    if source:
        condition["ArnLike"] = {"aws:SourceArn": source}
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": condition,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def keeps_items(arns: Arns, *tables: str) -> Statement:
    """Reads items and puts them, in transactions too; changes none in place, scans and deletes nothing."""
    return Statement(
        sid="KeepsItems",
        actions=(
            "dynamodb:BatchGetItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
        ),
        resources=tuple(arns.table(name) for name in tables),
    )


def uses_key(arns: Arns, *keys: str) -> Statement:
    """Encrypts and decrypts with keys, each named by its alias, or by its ARN when it exists already."""
    actions = ("kms:Decrypt", "kms:GenerateDataKey")
    existing = tuple(sorted({key for key in keys if key.startswith("arn:")}))
    if existing:
        return Statement(sid="UsesKey", actions=actions, resources=existing)
    aliases = sorted(f"alias/{alias}" for alias in keys)
    return Statement(
        sid="UsesKey",
        actions=actions,
        resources=(arns.keys(),),
        condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": aliases[0] if len(aliases) == 1 else aliases}},
    )


def calls(arns: Arns, function: str) -> Statement:
    """Invokes one function."""
    return Statement(sid="Calls", actions=("lambda:InvokeFunction",), resources=(arns.function(function),))


def writes_log(arns: Arns, group: str) -> Statement:
    """Writes to one log group, which exists already."""
    return Statement(
        sid="WritesLog",
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        resources=(f"{arns.log_group(group)}:*",),
    )


def queries(arns: Arns, workgroup: str) -> Statement:
    """Runs statements in one Athena workgroup, and reads or stops them."""
    return Statement(
        sid="Queries",
        actions=(
            "athena:GetQueryExecution",
            "athena:GetQueryResults",
            "athena:StartQueryExecution",
            "athena:StopQueryExecution",
        ),
        resources=(arns.workgroup(workgroup),),
    )


def reads_catalog(arns: Arns, database: str) -> Statement:
    """Reads the tables of one Glue database; Glue asks for the catalogue and the database too."""
    return Statement(
        sid="ReadsCatalog",
        actions=("glue:GetDatabase", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"),
        resources=(arns.catalog(), arns.database(database), arns.database_tables(database)),
    )


def finds_objects(arns: Arns, bucket: str, *prefixes: str) -> tuple[Statement, Statement]:
    """Lists what lies under some prefixes of a bucket, and asks where the bucket is, as Athena does."""
    return (
        Statement(sid="FindsBucket", actions=("s3:GetBucketLocation",), resources=(arns.bucket(bucket),)),
        Statement(
            sid="ListsObjects",
            actions=("s3:ListBucket",),
            resources=(arns.bucket(bucket),),
            condition={"StringLike": {"s3:prefix": [f"{prefix}/*" for prefix in prefixes]}},
        ),
    )


def reads_objects(arns: Arns, bucket: str, prefix: str) -> Statement:
    """Reads objects under one prefix."""
    return Statement(sid="ReadsObjects", actions=("s3:GetObject",), resources=(arns.objects(bucket, prefix),))


def keeps_results(arns: Arns, bucket: str, prefix: str) -> Statement:
    """Writes and reads query results under one prefix, in parts when they are large."""
    return Statement(
        sid="KeepsResults",
        actions=("s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"),
        resources=(arns.objects(bucket, prefix),),
    )


def invokes_model(arns: Arns, model: str) -> tuple[Statement, ...]:
    """Invokes one model; through an inference profile, the model only by way of that profile.

    https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
    """
    actions = ("bedrock:InvokeModel",)  # Converse asks for it too
    if profile_geography(model) is None:
        return (Statement(sid="InvokesModel", actions=actions, resources=(arns.foundation_model(model),)),)
    profile = arns.inference_profile(model)
    inner = model.partition(".")[2]
    return (
        Statement(sid="InvokesProfile", actions=actions, resources=(profile,)),
        Statement(
            sid="InvokesModelByProfile",
            actions=actions,
            resources=(arns.foundation_model(inner, "*"),),
            condition={"StringEquals": {"bedrock:InferenceProfileArn": profile}},
        ),
    )


def delivers_flow_log(arns: Arns, group: str) -> tuple[Statement, Statement]:
    """Writes a VPC's flow log to one log group, which exists already; the service looks for the group first.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    """
    return (
        Statement(
            sid="DeliversFlowLog",
            actions=("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
            resources=(f"{arns.log_group(group)}:*",),
        ),
        Statement(sid="FindsLogGroup", actions=("logs:DescribeLogGroups",), resources=(arns.log_group("*"),)),
    )

"""Where state lies: the tables that the contract names, and one bucket for lake and query results."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from agents.contract import TABLES
from agents.data_schema import LAKE_PREFIX

from .naming import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.contract import Table

    from .arns import Arns
    from .naming import Names

RESULTS_PREFIX: Final = "results"  # what Athena writes; gone after a day
_NONCURRENT_DAYS: Final = 30
_UPLOAD_DAYS: Final = 7


def bucket_policy(arns: Arns, bucket: str) -> str:
    """Refuses every request that does not come over TLS."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [arns.bucket(bucket), f"{arns.bucket(bucket)}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }
    )


def lifecycle() -> list[dict[str, object]]:
    """What leaves the bucket by itself: results after a day, old versions, unfinished uploads."""
    return [
        {
            "id": "results",
            "status": "Enabled",
            "filter": {"prefix": f"{RESULTS_PREFIX}/"},
            "expiration": {"days": 1},
            "noncurrent_version_expiration": {"noncurrent_days": 1},
        },
        {
            "id": "old-versions",
            "status": "Enabled",
            "filter": {"prefix": f"{LAKE_PREFIX}/"},
            "noncurrent_version_expiration": {"noncurrent_days": _NONCURRENT_DAYS},
        },
        {
            "id": "unfinished-uploads",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "abort_incomplete_multipart_upload": {"days_after_initiation": _UPLOAD_DAYS},
        },
    ]


@dataclass(frozen=True, kw_only=True)
class DataArgs:
    names: Names
    arns: Arns
    key: pulumi.Input[str]  # ARN of the customer-managed key
    keep: bool  # protect, retain and refuse deletion: production
    disposable: bool  # destroying the stack may destroy the objects


class Data(pulumi.ComponentResource):
    """The tables, on demand, encrypted and recoverable; the bucket, versioned, encrypted, closed to the public."""

    tables: Mapping[str, str]  # logical name in the contract -> physical name
    bucket: pulumi.Output[str]
    bucket_name: str  # the same, known before the bucket is

    def __init__(self, name: str, args: DataArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:data:Data", name, {}, opts)
        self.tables = {table.name: args.names.name(Kind.TABLE, table.name) for table in TABLES}
        for table in TABLES:
            self._table(name, args, table)
        self.bucket_name = args.names.name(Kind.BUCKET, "data")
        self.bucket = self._bucket(name, args)
        self.register_outputs({"tables": self.tables, "bucket": self.bucket})

    def _kept(self, args: DataArgs) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, protect=args.keep, retain_on_delete=args.keep)

    def _table(self, name: str, args: DataArgs, table: Table) -> None:
        aws.dynamodb.Table(
            f"{name}-{table.name}",
            name=self.tables[table.name],
            billing_mode="PAY_PER_REQUEST",
            hash_key=table.partition_key,
            range_key=table.sort_key,
            attributes=[
                {"name": table.partition_key, "type": "S"},
                {"name": table.sort_key, "type": "S"},
            ],
            server_side_encryption={"enabled": True, "kms_key_arn": args.key},
            point_in_time_recovery={"enabled": True},
            ttl={"enabled": True, "attribute_name": table.expires} if table.expires else None,
            deletion_protection_enabled=args.keep,
            opts=self._kept(args),
        )

    def _bucket(self, name: str, args: DataArgs) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        bucket = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=self.bucket_name,
            force_destroy=args.disposable,
            opts=self._kept(args),
        )
        closed = aws.s3.BucketPublicAccessBlock(
            f"{name}-bucket-public-access",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        aws.s3.BucketOwnershipControls(
            f"{name}-bucket-ownership",
            bucket=bucket.id,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=child,
        )
        versioning = aws.s3.BucketVersioning(
            f"{name}-bucket-versioning",
            bucket=bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=child,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-bucket-encryption",
            bucket=bucket.id,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": args.key,
                    },
                    "bucket_key_enabled": True,
                }
            ],
            opts=child,
        )
        aws.s3.BucketPolicy(
            f"{name}-bucket-policy",
            bucket=bucket.id,
            policy=bucket_policy(args.arns, self.bucket_name),
            # S3 takes one of the two at a time, and answers "conflicting operation" to the other.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[closed]),
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-bucket-lifecycle",
            bucket=bucket.id,
            rules=lifecycle(),
            # Rules for old versions are refused before there are versions.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )
        identifier: pulumi.Output[str] = bucket.id
        return identifier

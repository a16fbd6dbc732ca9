"""Where state lies: the tables that the contract names, and buckets for data, query results, access logs and audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from agents.contract import AUDIT, CONFIGURATION, TABLES
from agents.data_schema import LAKE_PREFIX

from .audit import HEADS, heads_are_added, items_are_added
from .buckets import Aging, BucketArgs, Lock, make_bucket
from .naming import Kind
from .resource_policies import Rule, document, on_behalf, service
from .table_scaling import Capacity, scale_table
from .trail import PREFIX as TRAIL_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agents.contract import Table

    from .arns import Arns
    from .naming import Names
    from .sections import DynamoDbResources

_TIERING_DAYS: Final = 30
_OLD_VERSION_DAYS: Final = 30
_COMPLIANCE_DAYS: Final = 365

# Changes of the configuration are there for a day for whoever wants to follow or keep them. Conversations are not:
# what people said should not leave by a second way that nothing here needs.
_STREAMS: Final = {CONFIGURATION.name: "NEW_AND_OLD_IMAGES"}

DATA_AGING: Final = (
    Aging(id="lake", prefix=f"{LAKE_PREFIX}/", tiering_days=_TIERING_DAYS, old_version_days=_OLD_VERSION_DAYS),
)
# What somebody asked, and the answer: nothing to keep. A day is the least that S3 takes, twice: an object can be read
# until the midnight (UTC) after its day is over, and its old version goes a day after that.
_RESULTS_AGING: Final = (Aging(id="results", expiry_days=1, old_version_days=1),)


# Of a record that is still kept, the head that proves it must be too: a month longer than records are.
HEADS_DAYS: Final = 430


def audit_aging(logs_days: int) -> tuple[Aging, ...]:
    """What is held longer by the lock goes when the lock lets it."""
    return (
        Aging(id="audit", old_version_days=1),
        Aging(id="trail", prefix=f"{TRAIL_PREFIX}/", expiry_days=max(_COMPLIANCE_DAYS, logs_days)),
        Aging(id="heads", prefix=f"{HEADS}/", expiry_days=max(HEADS_DAYS, logs_days)),
    )


def audit_bucket_name(names: Names) -> str:
    """The bucket of what is kept for an audit, for the policies of who writes to it."""
    return names.name(Kind.BUCKET, "audit")


def audit_lock(*, keep: bool, disposable: bool, days: int) -> Lock:
    """How long what was written for an audit stays: a year for sure in production, `days` elsewhere.

    A stack that is thrown away could not be while a version is held, so there nothing is held by default.
    """
    if disposable:
        return Lock(compliance=False, days=0)
    return Lock(compliance=keep, days=_COMPLIANCE_DAYS if keep else days)


def access_logs_arrive(arns: Arns, bucket: str, sources: Mapping[str, str]) -> Rule:
    """S3 delivers the access logs of `sources` (prefix -> bucket), of this account, each below its prefix.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """
    return Rule(
        sid="AccessLogsArrive",
        principal=service("logging.s3.amazonaws.com"),
        actions=("s3:PutObject",),
        resources=tuple(arns.objects(bucket, prefix) for prefix in sources),
        condition=on_behalf(arns, *map(arns.bucket, sources.values())),
    )


@dataclass(frozen=True, kw_only=True)
class DataArgs:
    names: Names
    arns: Arns
    key: pulumi.Input[str]  # ARN of the key of tables and data
    logs_key: pulumi.Input[str]  # ARN of the key of what is kept for an audit
    size: DynamoDbResources
    logs_days: int  # access logs are kept so long
    keep: bool  # protect, retain and refuse deletion: production
    disposable: bool  # destroying the stack may destroy the data
    audit_writers: Sequence[Rule] = ()  # services that write to the audit bucket by themselves


class Data(pulumi.ComponentResource):
    """The tables, encrypted and recoverable; the buckets, versioned, encrypted, closed to the public."""

    tables: Mapping[str, str]  # logical name in the contract -> physical name
    bucket: pulumi.Output[str]
    bucket_name: str  # the same, known before the bucket is
    results_bucket_name: str  # of query results, which nobody backs up
    audit_bucket: pulumi.Output[str]
    audit_bucket_name: str

    def __init__(self, name: str, args: DataArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:data:Data", name, {}, opts)
        self.tables = {table.name: args.names.name(Kind.TABLE, table.name) for table in TABLES}
        for table in TABLES:
            self._table(name, args, table)
        self.bucket_name, self.results_bucket_name, logs_name = (
            args.names.name(Kind.BUCKET, purpose) for purpose in ("data", "results", "logs")
        )
        self.audit_bucket_name = audit_bucket_name(args.names)
        sources = {"data": self.bucket_name, "results": self.results_bucket_name, "audit": self.audit_bucket_name}
        arrives = access_logs_arrive(args.arns, logs_name, sources)
        child = pulumi.ResourceOptions(parent=self)
        logs = make_bucket(
            f"{name}-logs-bucket",
            BucketArgs(
                arns=args.arns,
                bucket=logs_name,
                key=None,
                aging=(Aging(id="logs", expiry_days=args.logs_days, old_version_days=1),),
                keep=args.keep,
                disposable=args.disposable,
                writers=(arrives,),
            ),
            child,
        )
        self.bucket = make_bucket(
            f"{name}-bucket",
            BucketArgs(
                arns=args.arns,
                bucket=self.bucket_name,
                key=args.key,
                aging=DATA_AGING,
                keep=args.keep,
                disposable=args.disposable,
                logs_bucket=logs,
                logs_prefix="data",
            ),
            child,
        )
        make_bucket(
            f"{name}-results-bucket",
            BucketArgs(
                arns=args.arns,
                bucket=self.results_bucket_name,
                key=args.key,
                aging=_RESULTS_AGING,
                keep=args.keep,
                disposable=True,  # nothing in it is missed
                logs_bucket=logs,
                logs_prefix="results",
            ),
            child,
        )
        lock = audit_lock(keep=args.keep, disposable=args.disposable, days=args.logs_days)
        self.audit_bucket = make_bucket(
            f"{name}-audit-bucket",
            BucketArgs(
                arns=args.arns,
                bucket=self.audit_bucket_name,
                key=args.logs_key,
                aging=audit_aging(args.logs_days),
                keep=args.keep,
                disposable=args.disposable,
                writers=(*heads_are_added(args.arns, self.audit_bucket_name), *args.audit_writers),
                logs_bucket=logs,
                logs_prefix="audit",
                lock=lock,
            ),
            child,
        )
        self.register_outputs({"tables": self.tables, "bucket": self.bucket, "audit_bucket": self.audit_bucket})

    def _table(self, name: str, args: DataArgs, table: Table) -> None:
        size = args.size
        provisioned = size.billing_mode == "provisioned"
        made = aws.dynamodb.Table(
            f"{name}-{table.name}",
            name=self.tables[table.name],
            billing_mode="PROVISIONED" if provisioned else "PAY_PER_REQUEST",
            read_capacity=size.read_capacity if provisioned else None,
            write_capacity=size.write_capacity if provisioned else None,
            hash_key=table.partition_key,
            range_key=table.sort_key,
            attributes=[
                {"name": table.partition_key, "type": "S"},
                {"name": table.sort_key, "type": "S"},
            ],
            server_side_encryption={"enabled": True, "kms_key_arn": args.key},
            point_in_time_recovery={"enabled": size.point_in_time_recovery},
            stream_enabled=True if table.name in _STREAMS else None,
            stream_view_type=_STREAMS.get(table.name),
            ttl={"enabled": True, "attribute_name": table.expires} if table.expires else None,
            deletion_protection_enabled=args.keep,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.keep,
                retain_on_delete=args.keep,
                # Scaling changes them all day; an update must not put them back.
                ignore_changes=["read_capacity", "write_capacity"] if provisioned else None,
            ),
        )
        if table.name == AUDIT.name:
            physical = self.tables[table.name]
            aws.dynamodb.ResourcePolicy(
                f"{name}-{table.name}-policy",
                resource_arn=made.arn,
                policy=document(items_are_added(args.arns, args.names, physical)),
                opts=pulumi.ResourceOptions(parent=self),
            )
        if provisioned:
            capacities = (
                Capacity(dimension="Read", least=size.read_capacity, most=size.max_capacity),
                Capacity(dimension="Write", least=size.write_capacity, most=size.max_capacity),
            )
            scale_table(f"{name}-{table.name}", made.name, capacities, pulumi.ResourceOptions(parent=self))

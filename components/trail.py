"""Who changed the stack, and who read or wrote its tables and lake: one trail, whose files nobody can change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from agents.data_schema import LAKE_PREFIX

from .audit import HEADS
from .key_policies import trail_name
from .resource_policies import Rule, from_source, service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .arns import Arns
    from .naming import Names

PREFIX: Final = "trail"  # of its files in the audit bucket


def trail_writes(arns: Arns, bucket: str, trail: str) -> tuple[Rule, Rule]:
    """What the audit bucket lets CloudTrail do, for one trail.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
    """
    principal, only = service("cloudtrail.amazonaws.com"), from_source(arns.trail(trail))
    return (
        Rule(
            sid="TrailLooks",
            principal=principal,
            actions=("s3:GetBucketAcl",),
            resources=(arns.bucket(bucket),),
            condition=only,
        ),
        Rule(
            sid="TrailWrites",
            principal=principal,
            actions=("s3:PutObject",),
            resources=(arns.objects(bucket, f"{PREFIX}/AWSLogs/{arns.account}"),),
            condition={**only, "StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
        ),
    )


def selectors(arns: Arns, tables: Sequence[str], bucket: str, audit_bucket: str) -> list[dict[str, object]]:
    """Which events the trail keeps: what changes the account, and every use of tables, lake and signed heads.

    CloudTrail cannot narrow events of the first kind to a stack. It leaves out reads of them, of which there are
    many: whoever wants those asks the account's event history, which has 90 days of both.
    """

    def events(category: str, *fields: dict[str, object]) -> list[dict[str, object]]:
        return [{"field": "eventCategory", "equals": [category]}, *fields]

    def on(kind: str) -> dict[str, object]:
        return {"field": "resources.type", "equals": [kind]}

    def objects(name: str, of: str, prefix: str) -> dict[str, object]:
        below: dict[str, object] = {"field": "resources.ARN", "starts_withs": [f"{arns.bucket(of)}/{prefix}/"]}
        return {"name": name, "field_selectors": events("Data", on("AWS::S3::Object"), below)}

    return [
        {
            "name": "changes",
            "field_selectors": events("Management", {"field": "readOnly", "equals": ["false"]}),
        },
        {
            "name": "tables",
            "field_selectors": events(
                "Data",
                on("AWS::DynamoDB::Table"),
                {"field": "resources.ARN", "equals": [arns.table(table) for table in tables]},
            ),
        },
        objects("lake", bucket, LAKE_PREFIX),
        objects("heads", audit_bucket, HEADS),  # and nothing else there, or the trail would keep its own writing
    ]


@dataclass(frozen=True, kw_only=True)
class TrailArgs:
    names: Names
    arns: Arns
    audit_bucket: pulumi.Input[str]  # whose policy lets the trail write (`trail_writes`)
    audit_bucket_name: str  # the same, known before the bucket is
    key: pulumi.Input[str]  # ARN of a key whose policy lets the trail encrypt
    tables: Sequence[str]  # physical names
    bucket: str  # that the lake lies in
    keep: bool  # protect and retain: production


class Trail(pulumi.ComponentResource):
    """A trail of all regions into the audit bucket, encrypted, with digests that show whether a file was changed.

    Of all regions, because changes of roles and sign-ins are recorded in us-east-1 only, wherever the stack is, and
    because who breaks in works where nobody looks. Tables and lake are named, so the other regions add no data events.
    The first copy of changes is free in each region; where the account has a trail already, as a second stack or a
    landing zone brings one, each 100,000 changes of this one cost 2 USD.
    It writes no log group: that would cost as much again, and Athena reads the files where they are.
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: TrailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:trail:Trail", name, {}, opts)
        trail = aws.cloudtrail.Trail(
            f"{name}-trail",
            name=trail_name(args.names),
            s3_bucket_name=args.audit_bucket,
            s3_key_prefix=PREFIX,
            kms_key_id=args.key,
            enable_logging=True,
            enable_log_file_validation=True,
            include_global_service_events=True,  # AWS asks for them of a trail of all regions
            is_multi_region_trail=True,
            is_organization_trail=False,
            advanced_event_selectors=selectors(args.arns, args.tables, args.bucket, args.audit_bucket_name),
            opts=pulumi.ResourceOptions(parent=self, protect=args.keep, retain_on_delete=args.keep),
        )
        self.arn = trail.arn
        self.register_outputs({"arn": self.arn})

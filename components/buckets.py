"""A bucket done right: versions, one encryption, nobody from outside, modern TLS, and an end for what is old."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from .resource_policies import Rule, document, tls_only

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .arns import Arns
    from .iam import Condition

_UPLOAD_DAYS: Final = 7
_ENCRYPTION: Final = "s3:x-amz-server-side-encryption"


@dataclass(frozen=True, kw_only=True)
class Aging:
    """What becomes of objects below `prefix` with time, in days; 0: nothing."""

    id: str
    prefix: str = ""
    tiering_days: int = 0  # until they move to Intelligent-Tiering, which finds out what is still read
    expiry_days: int = 0
    old_version_days: int = 0


@dataclass(frozen=True, kw_only=True)
class Lock:
    """How long each version stays, whatever anybody does.

    With `compliance` nobody can end it early, not the account's root user either; without, whoever may bypass
    governance can. `days` 0: no version is held unless its writer says so.
    """

    compliance: bool
    days: int


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    arns: Arns
    bucket: str  # physical name
    key: pulumi.Input[str] | None  # ARN of the key; None: S3's own, the only one that access logs can arrive under
    aging: Sequence[Aging]
    keep: bool  # protect and retain: production
    disposable: bool  # destroying the stack may destroy the objects
    writers: Sequence[Rule] = ()  # services that write by themselves
    logs_bucket: pulumi.Input[str] | None = None  # where access logs go
    logs_prefix: str = ""
    lock: Lock | None = None


def bucket_rules(arns: Arns, bucket: str, *, encrypted: bool, writers: Sequence[Rule] = ()) -> Iterator[Rule]:
    """What is refused whoever asks. `encrypted`: by a key of KMS.

    A document cannot name our key, which has no ARN before it exists: it refuses the keys of other accounts. The
    services among `writers` may encrypt with S3's own key: CloudTrail does so with its digests whatever the trail and
    the bucket say, and makes no trail where it may not.
    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
    """
    own, objects = arns.bucket(bucket), f"{arns.bucket(bucket)}/*"
    yield tls_only("s3:*", own, objects)
    yield Rule(
        sid="ModernTlsOnly",
        denies=True,
        principal="*",
        actions=("s3:*",),
        resources=(own, objects),
        condition={"NumericLessThan": {"s3:TlsVersion": "1.2"}},
    )
    if not encrypted:
        return
    key = f"{_ENCRYPTION}-aws-kms-key-id"
    services = sorted({rule.principal["Service"] for rule in writers if rule.principal != "*"})
    others: dict[str, str | list[str]] = {"aws:PrincipalServiceName": services} if services else {}
    conditions: dict[str, Condition] = {
        # `Null` first: a request that says nothing gets the bucket's encryption, which is right.
        "NoOtherEncryption": {"Null": {_ENCRYPTION: "false"}, "StringNotEquals": {_ENCRYPTION: "aws:kms", **others}},
        "NoStrangersKeys": {"Null": {key: "false"}, "ArnNotLike": {key: arns.keys()}},
        "NoCallersKeys": {"Null": {f"{_ENCRYPTION}-customer-algorithm": "false"}},
    }
    for sid, condition in conditions.items():
        yield Rule(
            sid=sid, denies=True, principal="*", actions=("s3:PutObject",), resources=(objects,), condition=condition
        )


def make_bucket(name: str, args: BucketArgs, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The bucket `{name}` and `{name}-*` around it; returns its name, known once its policy is in place."""
    kept = pulumi.ResourceOptions(protect=args.keep, retain_on_delete=args.keep)
    bucket = aws.s3.Bucket(
        name,
        bucket=args.bucket,
        force_destroy=args.disposable,
        object_lock_enabled=True if args.lock else None,
        opts=pulumi.ResourceOptions.merge(opts, kept),
    )
    closed = aws.s3.BucketPublicAccessBlock(
        f"{name}-public-access",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=opts,
    )
    aws.s3.BucketOwnershipControls(
        f"{name}-ownership", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=opts
    )
    versioning = aws.s3.BucketVersioning(
        f"{name}-versioning", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=opts
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption", bucket=bucket.id, rules=[_encryption(args.key)], opts=opts
    )
    refused = bucket_rules(args.arns, args.bucket, encrypted=args.key is not None, writers=args.writers)
    policy = aws.s3.BucketPolicy(
        f"{name}-policy",
        bucket=bucket.id,
        policy=document((*refused, *args.writers)),
        # S3 takes one of the two at a time, and answers "conflicting operation" to the other.
        opts=_after(opts, closed),
    )
    aws.s3.BucketLifecycleConfiguration(
        f"{name}-lifecycle",
        bucket=bucket.id,
        rules=[*map(_aging, args.aging), _UNFINISHED],
        # Rules for old versions are refused before there are versions.
        opts=_after(opts, versioning),
    )
    if args.logs_bucket is not None:
        aws.s3.BucketLogging(
            f"{name}-logging",
            bucket=bucket.id,
            target_bucket=args.logs_bucket,
            target_prefix=f"{args.logs_prefix}/",
            target_object_key_format={"partitioned_prefix": {"partition_date_source": "EventTime"}},
            opts=opts,
        )
    if args.lock and args.lock.days:
        mode = "COMPLIANCE" if args.lock.compliance else "GOVERNANCE"
        aws.s3.BucketObjectLockConfiguration(
            f"{name}-lock",
            bucket=bucket.id,
            rule={"default_retention": {"mode": mode, "days": args.lock.days}},
            opts=_after(opts, versioning),
        )
    identifier: pulumi.Output[str] = policy.bucket
    return identifier


def _after(opts: pulumi.ResourceOptions, *others: pulumi.Resource) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(others)))


def _encryption(key: pulumi.Input[str] | None) -> dict[str, object]:
    if key is None:
        return {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    return {
        "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key},
        "bucket_key_enabled": True,
    }


_UNFINISHED: Final = {
    "id": "unfinished-uploads",
    "status": "Enabled",
    "filter": {"prefix": ""},
    "abort_incomplete_multipart_upload": {"days_after_initiation": _UPLOAD_DAYS},
}


def _aging(rule: Aging) -> dict[str, object]:
    plain: dict[str, object] = {"id": rule.id, "status": "Enabled", "filter": {"prefix": rule.prefix}}
    if rule.tiering_days:
        plain["transitions"] = [{"days": rule.tiering_days, "storage_class": "INTELLIGENT_TIERING"}]
    if rule.expiry_days:
        plain["expiration"] = {"days": rule.expiry_days}
    if rule.old_version_days:
        plain["noncurrent_version_expiration"] = {"noncurrent_days": rule.old_version_days}
    return plain

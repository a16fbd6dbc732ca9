"""What AWS Backup may do here, by three roles: to take backups, to bring them back for people, and to try that out.

Of AWS's own policies for it (AWSBackupServiceRolePolicyForBackup, ...ForRestores, ...ForS3Backup, ...ForS3Restore)
what concerns DynamoDB and S3, for our tables and buckets instead of all of them.
https://docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .iam import Statement, uses_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .arns import Arns

RESTORED: Final = "restored"  # what people restore a table as: its name, a hyphen, this, and what they like
_TEST: Final = "awsbackup-restore-test-*"  # what a restore test makes, and AWS Backup removes


@dataclass(frozen=True, kw_only=True)
class BackedUp:
    """What is backed up, and the keys that it and the backups are encrypted with."""

    arns: Arns
    tables: Sequence[str]
    buckets: Sequence[str]
    keys: Sequence[str]  # aliases, or ARNs of keys that exist
    vaults: Sequence[str]  # ARNs, the copy's among them
    copy_arns: Arns | None = None  # of the region of the copy
    copy_key: str = ""  # alias of the key there


def takes_backups(estate: BackedUp) -> tuple[Statement, ...]:
    """Reads tables and buckets, follows what changes in the buckets, fills the vaults."""
    arns = estate.arns
    buckets = tuple(map(arns.bucket, estate.buckets))
    return (
        Statement(
            sid="BacksUpTables",
            actions=("dynamodb:DescribeTable", "dynamodb:ListTagsOfResource", "dynamodb:StartAwsBackupJob"),
            resources=tuple(map(arns.table, estate.tables)),
            why="The plan backs up the tables, with their tags.",
        ),
        Statement(
            sid="BacksUpBuckets",
            actions=(
                "s3:GetBucketAcl",
                "s3:GetBucketLocation",
                "s3:GetBucketNotification",
                "s3:GetBucketTagging",
                "s3:GetBucketVersioning",
                "s3:GetInventoryConfiguration",
                "s3:ListBucket",
                "s3:ListBucketVersions",
                "s3:PutBucketNotification",
                "s3:PutInventoryConfiguration",
            ),
            resources=buckets,
            why="The plan backs up the buckets; AWS Backup has them report what changes.",
        ),
        Statement(
            sid="ReadsObjects",
            actions=(
                "s3:GetObject",
                "s3:GetObjectAcl",
                "s3:GetObjectTagging",
                "s3:GetObjectVersion",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionTagging",
            ),
            resources=tuple(f"{bucket}/*" for bucket in buckets),
            why="A backup of a bucket holds its objects, their versions and tags.",
        ),
        Statement(
            sid="FollowsBuckets",
            actions=(
                "events:DeleteRule",
                "events:DescribeRule",
                "events:DisableRule",
                "events:EnableRule",
                "events:ListTargetsByRule",
                "events:PutRule",
                "events:PutTargets",
                "events:RemoveTargets",
            ),
            resources=(arns.backup_rules(),),
            why="AWS Backup follows changes in buckets by EventBridge rules that it makes and names itself.",
        ),
        Statement(
            sid="Looks",  # these take no resource
            actions=("cloudwatch:GetMetricData", "events:ListRules", "s3:ListAllMyBuckets", "tag:GetResources"),
            resources=("*",),
            why="AWS Backup measures buckets and finds what it backs up; none of this takes a resource.",
        ),
        Statement(
            sid="FillsVaults",
            actions=("backup:CopyIntoBackupVault", "backup:DescribeBackupVault"),
            resources=tuple(estate.vaults),
            why="Backups go into the vault, and their copies into the one in the other region.",
        ),
        Statement(
            sid="CopiesAndTagsBackups",
            actions=("backup:CopyFromBackupVault", "backup:TagResource"),
            resources=_recovery_points(estate),
            why="A copy is made of a backup, and each carries the tags of the plan.",
        ),
        *_keys(estate),
    )


def brings_back(estate: BackedUp) -> tuple[Statement, ...]:
    """For people: restores to a table of the same or a `restored` name, and to the same buckets."""
    arns = estate.arns
    tables = (
        *map(arns.table, estate.tables),
        *(arns.table(f"{table}-{RESTORED}*") for table in estate.tables),
    )
    return _restores(estate, tables, tuple(map(arns.bucket, estate.buckets)))


def tries_bringing_back(estate: BackedUp) -> tuple[Statement, ...]:
    """For the weekly test: restores to what it makes itself, and to nothing that people use.

    What it made is removed by AWS Backup's own service-linked role.
    """
    arns = estate.arns
    return (
        Statement(
            sid="MakesTestBuckets",
            actions=("s3:CreateBucket", "s3:PutBucketOwnershipControls", "s3:PutBucketVersioning"),
            resources=(arns.bucket(_TEST),),
            why="The test restores a bucket into a new one, which AWS Backup names and removes.",
        ),
        *_restores(estate, (arns.table(_TEST),), (arns.bucket(_TEST),)),
    )


def _restores(estate: BackedUp, tables: tuple[str, ...], buckets: tuple[str, ...]) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="RestoresTables",
            actions=(
                "dynamodb:BatchWriteItem",
                "dynamodb:DeleteItem",
                "dynamodb:DescribeTable",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:RestoreTableFromAwsBackup",
                "dynamodb:Scan",
                "dynamodb:UpdateItem",
            ),
            resources=tables,
            why="DynamoDB restores into a new table, and asks for the rights to fill it.",
        ),
        Statement(
            sid="RestoresBuckets",
            actions=(
                "s3:GetBucketLocation",
                "s3:GetBucketOwnershipControls",
                "s3:GetBucketVersioning",
                "s3:ListBucket",
                "s3:ListBucketVersions",
            ),
            resources=buckets,
            why="AWS Backup looks at the bucket that it restores into.",
        ),
        Statement(
            sid="RestoresObjects",
            actions=(
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:GetObject",
                "s3:GetObjectAcl",
                "s3:GetObjectTagging",
                "s3:GetObjectVersion",
                "s3:GetObjectVersionAcl",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
                "s3:PutObjectAcl",
                "s3:PutObjectTagging",
                "s3:PutObjectVersionAcl",
            ),
            resources=tuple(f"{bucket}/*" for bucket in buckets),
            why="AWS Backup writes the objects back, with their versions and tags.",
        ),
        *_keys(estate),
    )


def _recovery_points(estate: BackedUp) -> tuple[str, ...]:
    copy = estate.copy_arns
    return (estate.arns.recovery_points(), *([copy.recovery_points()] if copy else []))


def _keys(estate: BackedUp) -> tuple[Statement, ...]:
    """Uses the keys of data and backups, and lets DynamoDB and S3 go on using them for what is being restored."""
    given = [("", uses_key(estate.arns, *estate.keys))]
    if estate.copy_arns:
        given.append(("OfCopy", uses_key(estate.copy_arns, estate.copy_key)))
    return tuple(
        statement
        for where, use in given
        for statement in (
            Statement(
                sid=f"UsesKeys{where}",
                actions=(*use.actions, "kms:DescribeKey", "kms:Encrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
                resources=use.resources,
                condition=use.condition,
                why="Tables, buckets and backups are encrypted, and AWS Backup reads and writes them as this role.",
            ),
            Statement(
                sid=f"GrantsKeys{where}",
                actions=("kms:CreateGrant",),
                resources=use.resources,
                condition={**use.condition, "Bool": {"kms:GrantIsForAWSResource": "true"}},
                why="The services go on using the key for what is being copied or restored.",
            ),
        )
    )

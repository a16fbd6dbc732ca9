"""What a role may do with the lake: query it through Athena, and what Athena then does as that role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import Statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.arns import Arns


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


def reads_catalog(arns: Arns, *databases: str) -> tuple[Statement, Statement]:
    """Reads the tables of Glue databases; Glue asks for the catalogue and the database too.

    Athena asks for the database `default` besides, whichever a query names.
    https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
    """
    named = [arn for name in databases for arn in (arns.database(name), arns.database_tables(name))]
    return (
        Statement(
            sid="ReadsCatalog",
            actions=("glue:GetDatabase", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"),
            resources=(arns.catalog(), *named),
        ),
        Statement(
            sid="FindsDefaultDatabase",
            actions=("glue:GetDatabase",),
            resources=(arns.catalog(), arns.database("default")),
        ),
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


def keeps_results(arns: Arns, bucket: str) -> tuple[Statement, Statement]:
    """Writes and reads query results in a bucket that is theirs alone, in parts when they are large."""
    return (
        Statement(
            sid="FindsResults",
            actions=("s3:GetBucketLocation", "s3:ListBucket"),
            resources=(arns.bucket(bucket),),
        ),
        Statement(
            sid="KeepsResults",
            actions=("s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"),
            resources=(f"{arns.bucket(bucket)}/*",),
        ),
    )


def reads_locations(arns: Arns, locations: Sequence[str]) -> tuple[Statement, ...]:
    """Reads what lies at `s3://bucket/prefix/` in buckets that are not ours, and lists nothing else in them."""
    prefixes: dict[str, list[str]] = {}
    for location in sorted(set(locations)):
        bucket, _, prefix = location.removeprefix("s3://").partition("/")
        prefixes.setdefault(bucket, []).append(f"{prefix}*")
    return (
        Statement(
            sid="FindsSourceBuckets",
            actions=("s3:GetBucketLocation",),
            resources=tuple(arns.bucket(bucket) for bucket in prefixes),
        ),
        *(
            Statement(
                sid=f"ListsSource{number}",
                actions=("s3:ListBucket",),
                resources=(arns.bucket(bucket),),
                condition={"StringLike": {"s3:prefix": below}},
            )
            for number, (bucket, below) in enumerate(prefixes.items(), 1)
        ),
        Statement(
            sid="ReadsSource",
            actions=("s3:GetObject",),
            resources=tuple(
                f"{arns.bucket(bucket)}/{prefix}" for bucket, below in prefixes.items() for prefix in below
            ),
        ),
    )

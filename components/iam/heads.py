"""What a role may do with the signed heads of the audit's chains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import Statement

if TYPE_CHECKING:
    from components.arns import Arns


def reads_heads(arns: Arns, bucket: str, prefix: str) -> tuple[Statement, Statement]:
    """Lists and reads what lies under one prefix."""
    return (
        Statement(
            sid="ListsHeads",
            actions=("s3:ListBucket",),
            resources=(arns.bucket(bucket),),
            condition={"StringLike": {"s3:prefix": [f"{prefix}/*"]}},
        ),
        Statement(sid="ReadsHeads", actions=("s3:GetObject",), resources=(arns.objects(bucket, prefix),)),
    )


def adds_heads(arns: Arns, bucket: str, prefix: str) -> Statement:
    """Writes objects under one prefix; the bucket's policy refuses one that is there."""
    return Statement(sid="AddsHeads", actions=("s3:PutObject",), resources=(arns.objects(bucket, prefix),))

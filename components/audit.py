"""What keeps the record of decisions as it was written: the policies of its table and of the bucket of its heads.

IAM documents allow; these refuse, whatever anybody is allowed. Who wants to rewrite the record must change them first,
which the trail keeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agents.contract import API, AUTHORISER, GATEWAY, TOOL_FUNCTIONS

from .naming import Kind
from .resource_policies import Rule

if TYPE_CHECKING:
    from .arns import Arns
    from .naming import Names

HEADS: Final = "heads"  # prefix of the signed heads in the audit bucket
WRITERS: Final = (AUTHORISER.name, API.name, GATEWAY.name, *(one.name for one in TOOL_FUNCTIONS.values()))


def items_are_added(arns: Arns, names: Names, table: str) -> tuple[Rule, Rule]:
    """Items of a table are put by functions that decide, and never changed or deleted; DynamoDB still expires them.

    A put can hit what is there: no condition key says whether it has a condition of its own.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-iam-actions.html
    """
    writers = sorted(arns.role(names.name(Kind.ROLE, function)) for function in WRITERS)
    return (
        Rule(
            sid="ItemsStay",
            denies=True,
            principal="*",
            actions=(
                "dynamodb:BatchWriteItem",
                "dynamodb:DeleteItem",
                "dynamodb:PartiQLDelete",
                "dynamodb:PartiQLInsert",
                "dynamodb:PartiQLUpdate",
                "dynamodb:UpdateItem",
            ),
            resources=(arns.table(table),),
        ),
        Rule(
            sid="DecidersAdd",
            denies=True,
            principal="*",
            actions=("dynamodb:PutItem",),
            resources=(arns.table(table),),
            condition={"ArnNotEquals": {"aws:PrincipalArn": writers}},
        ),
    )


def heads_are_added(arns: Arns, bucket: str) -> tuple[Rule, Rule]:
    """Objects below `heads/` are written where none is, and neither deleted nor let go of early.

    An upload in parts, a copy and a restore into the same place cannot say so and are refused. Lifecycle rules still
    expire what the lock lets go.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    """
    heads = (arns.objects(bucket, HEADS),)
    return (
        Rule(
            sid="HeadsAreAdded",
            denies=True,
            principal="*",
            actions=("s3:PutObject",),
            resources=heads,
            condition={"Null": {"s3:if-none-match": "true"}},
        ),
        Rule(
            sid="HeadsStay",
            denies=True,
            principal="*",
            actions=("s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"),
            resources=heads,
        ),
    )

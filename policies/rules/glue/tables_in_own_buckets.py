"""A table that reads a bucket of somebody else's shows what they put there as our data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._buckets import BUCKET, BUCKETS, LED_TO
from .._catalogue import DATABASE, TABLE
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Parameter, Severity, stack_rule
from .._siblings import Kin
from .._stack import Node, Together
from .._where import fits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

PLACES: Final = {TABLE: "storageDescriptor.location", DATABASE: "locationUri"}
LAKE: Final = Node(BUCKET, "lake", {"bucket": "qm-lake-dev"})


def _table(location: str, **sources: str) -> Node:
    return Node(TABLE, "orders", {"storageDescriptor": {"location": location}}, sources)


@stack_rule(
    id="glue-tables-in-own-buckets",
    title="Tables of the lake lie in buckets of the program",
    severity=Severity.MEDIUM,
    fix="Put the data in a bucket of the program, or name its bucket in the rule's parameter `buckets`.",
    unique=True,
    frameworks=("NIST 800-53:SI-10",),
    parameters={"buckets": Parameter((), "Names of other buckets, as patterns, that tables may read.")},
    ok=(
        Together((LAKE, _table("s3://qm-lake-dev/lake/orders/"))),
        Together((LAKE, _table("", storageDescriptor="lake"))),
        Together((LAKE, Node(DATABASE, "lake-db", {"name": "lake"}))),
        Together((_table("s3://partner-data/orders/"),), {"buckets": ["partner-*"]}),
        Together((LAKE, _table("s3a://qm-lake-dev"))),
    ),
    bad=(
        Together((LAKE, _table("s3://another/lake/orders/"))),
        Together((_table("s3://qm-lake-dev/lake/"),)),
        Together((LAKE, _table("s3://qm-lake-dev-copy/lake/"))),
        Together((LAKE, Node(DATABASE, "lake-db", {"locationUri": "s3://another/"}))),
    ),
)
def tables_in_own_buckets(stack: Stack) -> Iterator[Answer]:
    names = [one.peek("bucket") for one in stack.members if one.type in BUCKETS]
    kin = Kin(stack, LED_TO)
    for one in stack.members:
        if one.type not in PLACES:
            continue
        path = PLACES[one.type]
        location = one.peek(path)
        if kin.of(one, path.partition(".")[0], path)[0] or location in {None, ""}:
            continue
        bucket = str(location).partition("://")[2].partition("/")[0]
        if location is UNKNOWN or (UNKNOWN in names and bucket not in names):
            yield NotEvaluated(f"{one.name}.{path}")
        elif bucket not in names and not fits(bucket, one.config["buckets"]):
            yield one, f"it reads {bucket or 'what is no bucket'}, which is no bucket of the program"

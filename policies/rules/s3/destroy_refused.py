"""With force_destroy one `pulumi destroy` empties the bucket; without it AWS refuses while anything is in it.

Left out are buckets whose objects all expire soon, such as results of queries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._buckets import BUCKET, BUCKETS, expire_within, kinds
from .._resource import NotEvaluated
from .._rule import Parameter, Severity, stack_rule
from .._siblings import holds
from .._stack import Node, Together
from .._where import HERE, PROD, asked_here, is_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

LIFE: Final = kinds("bucketLifecycleConfiguration")[0]


def _bucket(force: object, kind: str = BUCKET) -> Node:
    return Node(kind, "data", {"bucket": "qm-data-dev", "forceDestroy": force})


def _expire(days: int, prefix: str = "") -> Node:
    rule = {"status": "Enabled", "expiration": {"days": days}, "filter": {"prefix": prefix}}
    return Node(LIFE, "life", {"rules": [rule]}, {"bucket": "data"})


@stack_rule(
    id="s3-destroy-refused",
    title="Buckets with objects cannot be destroyed",
    severity=Severity.HIGH,
    fix="Leave force_destroy off.",
    unique=True,
    parameters={
        "stacks": PROD,
        "transient_days": Parameter(7, "A bucket whose every object expires within so many days may be destroyed."),
    },
    ok=(
        Together((_bucket(force=False),), HERE),
        Together((Node(BUCKET, "data"),), HERE),
        Together((_bucket(force=True),)),
        Together((_bucket(force=True), _expire(1)), HERE),
    ),
    bad=(
        Together((_bucket(force=True),), HERE),
        Together((_bucket("true", tuple(BUCKETS)[1]),), HERE),
        Together((_bucket(force=True), _expire(30)), HERE),
        Together((_bucket(force=True), _expire(1, "results/")), HERE),
        Together((_bucket(force=True), _expire(2)), HERE | {"transient_days": 1}),
    ),
)
def destroy_refused(stack: Stack) -> Iterator[Answer]:
    asked = [one for one in stack.members if one.type in BUCKETS and asked_here(one)]
    if not asked:
        return
    transient, perhaps = expire_within(stack, int(asked[0].config["transient_days"]))
    for bucket in asked:
        force = holds(lambda one: is_on(one, "forceDestroy"), bucket)
        if isinstance(force, NotEvaluated):
            yield NotEvaluated(f"{bucket.name}.{force.path}")
        elif force and bucket.urn not in transient:
            unknown = bucket.urn in perhaps
            yield NotEvaluated(f"{bucket.name}.forceDestroy") if unknown else (bucket, "forceDestroy is on")

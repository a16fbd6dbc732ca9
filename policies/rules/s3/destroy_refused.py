"""With force_destroy one `pulumi destroy` empties the bucket; without it AWS refuses while anything is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._buckets import BUCKETS
from .._rule import Of, Severity, rule
from .._where import HERE, PROD, asked_here, is_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

BUCKET, OLDER = BUCKETS


@rule(
    id="s3-destroy-refused",
    title="Buckets with objects cannot be destroyed",
    applies_to=(BUCKET, OLDER),
    severity=Severity.HIGH,
    fix="Leave force_destroy off.",
    unique=True,
    parameters={"stacks": PROD},
    ok=(Of({}, BUCKET, HERE), Of({"forceDestroy": False}, OLDER, HERE), {"forceDestroy": True}),
    bad=(Of({"forceDestroy": True}, BUCKET, HERE), Of({"forceDestroy": "true"}, OLDER, HERE)),
)
def destroy_refused(bucket: Resource) -> Iterator[str]:
    if asked_here(bucket) and is_on(bucket, "forceDestroy"):
        yield "forceDestroy is on"

"""With versioning a deleted object stays; unless old versions expire, deleting removes nothing and saves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._buckets import kinds
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

TYPES = kinds("bucketLifecycleConfiguration")
OLD = {"status": "Enabled", "noncurrentVersionExpiration": {"noncurrentDays": 30}}


@rule(
    id="s3-old-versions-expire",
    title="Lifecycles remove old versions",
    applies_to=TYPES,
    severity=Severity.LOW,
    fix="Set noncurrent_version_expiration in an enabled rule.",
    sources=("FSBP:S3.10",),
    frameworks=("NIST 800-53:SI-12",),
    ok=({"rules": [{"status": "Disabled"}, OLD]}, Of({"rules": [OLD]}, TYPES[1])),
    bad=({}, {"rules": [{"status": "Enabled", "expiration": {"days": 1}}]}, {"rules": [OLD | {"status": "Disabled"}]}),
)
def old_versions_expire(lifecycle: Resource) -> Iterator[str]:
    enabled = [path for path in lifecycle.each("rules") if lifecycle.text(f"{path}.status") == "Enabled"]
    if not any(lifecycle.is_set(f"{path}.noncurrentVersionExpiration") for path in enabled):
        yield "no enabled rule expires versions that are no longer current"

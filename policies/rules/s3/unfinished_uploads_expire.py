"""The parts of an upload that broke off are in no listing, and are paid for until somebody removes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._buckets import for_all_keys, kinds
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

TYPES = kinds("bucketLifecycleConfiguration")
ABORT = {"status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}


@rule(
    id="s3-unfinished-uploads-expire",
    title="Lifecycles remove unfinished uploads, whatever their key",
    applies_to=TYPES,
    severity=Severity.LOW,
    fix="Add an enabled rule without a prefix that sets abort_incomplete_multipart_upload.",
    sources=("checkov:CKV_AWS_300",),
    parameters={"most_days": Parameter(7, "Days after which an unfinished upload must be gone.")},
    ok=(
        {"rules": [ABORT]},
        {"rules": [{"status": "Enabled", "filter": {"prefix": "a/"}}, ABORT | {"filter": {"prefix": ""}}]},
        Of({"rules": [ABORT]}, TYPES[1], {"most_days": 7}),
    ),
    bad=(
        {},
        {"rules": [{"status": "Enabled"}]},
        {"rules": [ABORT | {"status": "Disabled"}]},
        {"rules": [ABORT | {"filter": {"prefix": "a/"}}]},
        {"rules": [ABORT | {"filter": {"tag": {"key": "a", "value": "b"}}}]},
        Of({"rules": [ABORT]}, config={"most_days": 1}),
    ),
)
def unfinished_uploads_expire(lifecycle: Resource) -> Iterator[str]:
    most = lifecycle.config["most_days"]
    if not any(_aborts(lifecycle, path, most) for path in lifecycle.each("rules")):
        yield f"no rule for all keys removes unfinished uploads within {most} days"


def _aborts(lifecycle: Resource, path: str, most: int) -> bool:
    days = lifecycle.number(f"{path}.abortIncompleteMultipartUpload.daysAfterInitiation")
    return for_all_keys(lifecycle, path) and 0 < days <= most

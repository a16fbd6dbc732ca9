"""Whoever takes the name of a deleted bucket gets the results; Athena can refuse a bucket that is not ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


def _results(**more: str) -> dict[str, object]:
    return {"configuration": {"resultConfiguration": {"outputLocation": "s3://qm-data-dev/results/", **more}}}


@rule(
    id="athena-results-owner",
    title="Results go only to a bucket of our account",
    applies_to="aws:athena/workgroup:Workgroup",
    severity=Severity.MEDIUM,
    fix="Set expected_bucket_owner of the result_configuration.",
    unique=True,
    frameworks=("NIST 800-53:AC-4",),
    ok=(_results(expectedBucketOwner="000000000000"), {}, {"configuration": {"resultConfiguration": {}}}),
    bad=(_results(),),
)
def results_owner(workgroup: Resource) -> Iterator[str]:
    where = "configuration.resultConfiguration"
    if workgroup.is_set(f"{where}.outputLocation") and not workgroup.is_set(f"{where}.expectedBucketOwner"):
        yield "expectedBucketOwner is not set"

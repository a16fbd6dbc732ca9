"""A service that may write for any account writes for a stranger's too, who only has to name our bucket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .._buckets import BUCKETS, POLICY
from .._resource_policies import unbound_services
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


def _document(condition: object, principal: object = "logging.s3.amazonaws.com") -> dict[str, str]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": principal},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::qm-logs-dev/*",
        "Condition": condition,
    }
    return {"policy": json.dumps({"Statement": [statement]})}


@rule(
    id="s3-policy-services-bound",
    title="Bucket policies let services act for our accounts only",
    applies_to=(POLICY, *BUCKETS),
    severity=Severity.HIGH,
    fix="Add a condition on aws:SourceArn or aws:SourceAccount to the service's statement.",
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:AC-6"),
    ok=(
        {},
        _document({"StringEquals": {"aws:SourceAccount": "000000000000"}}),
        _document({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::qm-data-dev"}}),
        _document({"ForAnyValue:StringEquals": {"aws:SourceOrgID": ["o-1"]}}),
        {"policy": json.dumps({"Statement": {"Effect": "Deny", "Principal": {"Service": "a.amazonaws.com"}}})},
    ),
    bad=(
        _document({}),
        _document({}, ["cloudtrail.amazonaws.com", "logging.s3.amazonaws.com"]),
        _document({"ArnLike": {"aws:SourceArn": "*"}}),
        _document({"StringNotEquals": {"aws:SourceAccount": "000000000000"}}),
        _document({"StringEqualsIfExists": {"aws:SourceAccount": "000000000000"}}),
        _document({"Bool": {"aws:SecureTransport": "true"}}),
        Of(_document({}), next(iter(BUCKETS))),
    ),
)
def policy_services_bound(bucket: Resource) -> Iterator[str]:
    yield from unbound_services(bucket, "policy")

"""A bucket policy that allows everyone without a condition publishes the bucket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .._documents import MalformedError, statements
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


def _document(**statement: object) -> str:
    return json.dumps({"Statement": [{"Action": "s3:GetObject", "Resource": "*", **statement}]})


@rule(
    id="s3-no-public-policy",
    title="Bucket policies allow nobody unknown",
    applies_to=("aws:s3/bucketPolicy:BucketPolicy", "aws:s3/bucket:Bucket"),
    severity=Severity.CRITICAL,
    fix="Name the principals, or add a condition on the account or the organisation.",
    sources=("FSBP:S3.2", "FSBP:S3.3", "checkov:CKV_AWS_70"),
    ok=(
        {"policy": _document(Effect="Allow", Principal={"AWS": "arn:aws:iam::000000000000:root"})},
        {"policy": _document(Effect="Deny", Principal="*")},
        {
            "policy": _document(
                Effect="Allow",
                Principal="*",
                Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
            ),
        },
    ),
    bad=(
        {"policy": _document(Effect="Allow", Principal="*")},
        {"policy": _document(Effect="Allow", Principal={"AWS": ["*"]})},
        {"policy": "[]"},
    ),
)
def no_public_policy(bucket: Resource) -> Iterator[str]:
    try:
        for statement in statements(bucket, "policy"):
            if statement.allows and "*" in statement.principals and not statement.conditional:
                yield f"everyone is allowed {', '.join(statement.actions)}"
    except MalformedError as error:
        yield str(error)

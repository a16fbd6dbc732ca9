"""A policy that denies everyone everything, without a condition, can only be undone by the account's root user."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .._buckets import BUCKETS, POLICY
from .._documents import MalformedError, statements
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


def _document(**change: object) -> dict[str, str]:
    return {"policy": json.dumps({"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*"} | change]})}


@rule(
    id="s3-policy-locks-nobody-out",
    title="Bucket policies do not deny everyone everything",
    applies_to=(POLICY, *BUCKETS),
    severity=Severity.HIGH,
    fix="Add a condition to the statement, or name who is denied.",
    sources=("checkov:CKV_AWS_93",),
    ok=(
        {},
        _document(Condition={"Bool": {"aws:SecureTransport": "false"}}),
        _document(Action="s3:DeleteObject"),
        _document(Principal={"AWS": "arn:aws:iam::000000000000:role/a"}),
    ),
    bad=(_document(), _document(Action=["*"]), Of(_document(Principal={"AWS": "*"}), next(iter(BUCKETS)))),
)
def policy_locks_nobody_out(bucket: Resource) -> Iterator[str]:
    try:
        for one in statements(bucket, "policy"):
            everything = {"*", "s3:*", "s3:PutBucketPolicy"} & set(one.actions)
            if not one.allows and one.everyone and not one.not_principals and everything and not one.conditions:
                yield f"everyone is denied {one.granted}"
    except MalformedError as error:
        yield str(error)

"""A bucket policy that allows everyone, or all but some, publishes the bucket.

A condition helps only when it names who asks or where from.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .._buckets import BUCKETS, POLICY
from .._resource_policies import open_to_everyone
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


def _document(**statement: object) -> str:
    return json.dumps({"Statement": [{"Action": "s3:GetObject", "Resource": "*", **statement}]})


def _everyone_if(operator: str, key: str, *values: str) -> dict[str, str]:
    return {"policy": _document(Effect="Allow", Principal="*", Condition={operator: {key: values}})}


@rule(
    id="s3-no-public-policy",
    title="Bucket policies allow nobody unknown",
    applies_to=(POLICY, *BUCKETS),
    severity=Severity.CRITICAL,
    fix="Name the principals, or add a condition that names the account, organisation or network.",
    sources=("FSBP:S3.2", "FSBP:S3.3", "checkov:CKV_AWS_70"),
    ok=(
        {"policy": _document(Effect="Allow", Principal={"AWS": "arn:aws:iam::000000000000:root"})},
        {"policy": _document(Effect="Deny", Principal="*")},
        {"policy": _document(Effect="Deny", NotPrincipal={"AWS": "arn:aws:iam::000000000000:root"})},
        _everyone_if("StringEquals", "aws:PrincipalOrgID", "o-1"),
        _everyone_if("StringEquals", "AWS:SourceAccount", "000000000000", "111111111111"),
        _everyone_if("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-1/r-1/*"),
        _everyone_if("ArnLike", "aws:PrincipalArn", "arn:aws:iam::000000000000:role/*"),
        _everyone_if("StringLike", "aws:userid", "AROAEXAMPLE:*"),
        _everyone_if("StringEquals", "s3:DataAccessPointAccount", "000000000000"),
        _everyone_if("IpAddress", "aws:SourceIp", "203.0.113.0/24"),
    ),
    bad=(
        {"policy": _document(Effect="Allow", Principal="*")},
        {"policy": _document(Effect="Allow", Principal={"AWS": ["*"]})},
        {"policy": _document(Effect="Allow", NotPrincipal={"AWS": "arn:aws:iam::000000000000:root"})},
        _everyone_if("Bool", "aws:SecureTransport", "true"),
        _everyone_if("StringNotEquals", "aws:PrincipalOrgID", "o-1"),
        _everyone_if("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1"),
        _everyone_if("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-1"),
        _everyone_if("StringLike", "aws:PrincipalOrgID", "o-1", "o-*"),
        _everyone_if("StringEquals", "aws:PrincipalAccount", "${aws:PrincipalAccount}"),
        _everyone_if("StringEquals", "aws:SourceVpc"),
        _everyone_if("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/reader"),
        _everyone_if("StringLike", "aws:userid", "*:session"),
        _everyone_if("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
        _everyone_if("IpAddress", "aws:SourceIp", "everywhere"),
        {"policy": "[]"},
    ),
)
def no_public_policy(bucket: Resource) -> Iterator[str]:
    yield from open_to_everyone(bucket, "policy")

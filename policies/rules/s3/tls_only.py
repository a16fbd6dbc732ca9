"""Without TLS whoever is on the way reads the objects and the signatures of the requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._buckets import DATA, LOGS, POLICY, beside
from .._resource_policies import requires_tls
from .._rule import Severity, stack_rule
from .._siblings import lacking
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Member, Stack

ARN: Final = "arn:aws:s3:::qm-data-dev"
BOND: Final = beside("bucketPolicy")


def _policy(**change: object) -> Node:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [ARN, f"{ARN}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return Node(POLICY, "policy", {"policy": json.dumps({"Statement": [statement | change]})}, {"bucket": "data"})


@stack_rule(
    id="s3-tls-only",
    title="Buckets refuse requests without TLS",
    severity=Severity.HIGH,
    fix="Add a BucketPolicy that denies everyone `s3:*` on bucket and objects where aws:SecureTransport is false.",
    sources=(
        "cdk-nag:AwsSolutions-S10",
        "FSBP:S3.5",
        "checkov:CKV_AWS_379",
        "prowler:s3_bucket_secure_transport_policy",
    ),
    frameworks=("CIS AWS 3.0:2.1.1", "NIST 800-53:SC-8", "NIST 800-53:SC-23"),
    ok=(
        Together(()),
        Together((DATA, _policy())),
        Together((DATA, _policy(Principal={"AWS": "*"}, Action=["*"], Resource="*"))),
        Together((Node(DATA.type, "data", {"bucket": "qm-data-dev", "policy": _policy().properties["policy"]}),)),
    ),
    bad=(
        Together((DATA,)),
        Together((DATA, LOGS, _policy())),
        Together((DATA, _policy(Effect="Allow"))),
        Together((DATA, _policy(Action="s3:GetObject"))),
        Together((DATA, _policy(Resource=ARN))),
        Together((DATA, _policy(Resource=f"{ARN}/*"))),
        Together((DATA, _policy(Principal={"AWS": "arn:aws:iam::000000000000:role/reader"}))),
        Together((DATA, _policy(Condition={"Bool": {"aws:SecureTransport": "true"}}))),
        Together(
            (
                DATA,
                _policy(
                    Condition={"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}}
                ),
            )
        ),
        Together((DATA, Node(POLICY, "policy", {"policy": "{not json"}, {"bucket": "data"}))),
    ),
)
def tls_only(stack: Stack) -> Iterator[Answer]:
    yield from lacking(stack, BOND, _denies, "no policy of the bucket denies requests without TLS")


def _denies(one: Member) -> bool:
    return requires_tls(one, "policy", actions=frozenset({"*", "s3:*"}), content="/*")

"""A key of our own says who may read, in a second place, and can be taken away from everybody at once.

A bucket that access logs go to is left out: S3 delivers them only under its own key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._buckets import DATA, LOGGING, beside, kinds, log_targets
from .._resource import NotEvaluated
from .._rule import Severity, stack_rule
from .._siblings import lacking
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Member, Stack

BOND: Final = beside("bucketServerSideEncryptionConfiguration")
INLINE: Final = "serverSideEncryptionConfiguration"
KMS: Final = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "arn:aws:kms:us-east-1:000000000000:key/1"}


def _rule(default: object, place: int = 0) -> Node:
    properties = {"rules": [{"applyServerSideEncryptionByDefault": default}]}
    return Node(kinds("bucketServerSideEncryptionConfiguration")[place], "sse", properties, {"bucket": "data"})


def _inline(default: object) -> Node:
    return Node(DATA.type, "data", {INLINE: {"rule": {"applyServerSideEncryptionByDefault": default}}})


@stack_rule(
    id="s3-encrypted-with-own-key",
    title="Buckets are encrypted with a customer key",
    severity=Severity.HIGH,
    fix="Add a BucketServerSideEncryptionConfiguration with aws:kms and kms_master_key_id.",
    sources=("FSBP:S3.17", "checkov:CKV_AWS_145", "trivy:AVD-AWS-0132", "prowler:s3_bucket_kms_encryption"),
    frameworks=("NIST 800-53:SC-28", "NIST 800-53:SC-13"),
    ok=(
        Together((DATA, _rule(KMS))),
        Together((DATA, _rule(KMS | {"sseAlgorithm": "aws:kms:dsse"}, 1))),
        Together((_inline(KMS),)),
        Together((DATA, _rule({"sseAlgorithm": "AES256"}), Node(LOGGING[0], "log", {}, {"targetBucket": "data"}))),
    ),
    bad=(
        Together((DATA,)),
        Together((DATA, _rule({"sseAlgorithm": "AES256"}))),
        Together((DATA, _rule({"sseAlgorithm": "aws:kms"}))),
        Together((DATA, _rule(KMS | {"kmsMasterKeyId": "alias/aws/s3"}))),
        Together((_inline({"sseAlgorithm": "AES256"}),)),
    ),
)
def encrypted_with_own_key(stack: Stack) -> Iterator[Answer]:
    targets, more = log_targets(stack)
    for one in lacking(stack, BOND, _own_key, "no customer key encrypts the bucket"):
        if isinstance(one, NotEvaluated) or one[0].urn not in targets:
            yield NotEvaluated(f"{one[0].name}.bucket") if more and not isinstance(one, NotEvaluated) else one


def _own_key(one: Member) -> bool:
    paths = one.each("rules") if one.type in BOND.siblings else one.each(f"{INLINE}.rule")
    for path in paths:
        default = f"{path}.applyServerSideEncryptionByDefault"
        if one.text(f"{default}.sseAlgorithm").startswith("aws:kms") and one.is_set(f"{default}.kmsMasterKeyId"):
            key = one.peek(f"{default}.kmsMasterKeyId")
            return not (isinstance(key, str) and key.endswith("alias/aws/s3"))
    return False

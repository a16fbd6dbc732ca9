"""What every bucket has, and what its policy refuses whoever asks."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from components.arns import Arns
from components.buckets import bucket_rules
from components.resource_policies import Rule, document

if TYPE_CHECKING:
    from collections.abc import Callable

    from delivery.recorder import Recording

ARNS = Arns(region="us-east-1", account="123456789012")
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ALWAYS = (
    "bucket:Bucket",
    "bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "bucketOwnershipControls:BucketOwnershipControls",
    "bucketPolicy:BucketPolicy",
    "bucketPublicAccessBlock:BucketPublicAccessBlock",
    "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "bucketVersioning:BucketVersioning",
)
LOGGING = "bucketLogging:BucketLogging"
LOCK = "bucketObjectLockConfiguration:BucketObjectLockConfiguration"
PROGRAM = f"""
from components.buckets import Aging, BucketArgs, Lock, make_bucket

given = dict(
    arns=arns,
    bucket="qm-things-dev-123456789012-us-east-1",
    key={KEY!r},
    aging=(Aging(id="old", prefix="old/", tiering_days=30, expiry_days=90, old_version_days=7),),
    keep=False,
    disposable=True,
)
owner = pulumi.ComponentResource("tests:index:Owner", "owner", None, opts)
owner.register_outputs(dict())
name = make_bucket("things", BucketArgs(**given | dict(ARGS)), pulumi.ResourceOptions(parent=owner))
pulumi.export("name", name)
"""


def with_args(args: str) -> str:
    return PROGRAM.replace("ARGS", args)


def kinds(recording: Recording) -> Counter[str]:
    return Counter(one.type.removeprefix("aws:s3/") for one in recording.registrations if one.type.startswith("aws:s3"))


def only(recording: Recording, kind: str) -> dict[str, object]:
    (found,) = recording.of_type(f"aws:s3/{kind}")
    return dict(found.values)


def test_a_bucket_is_never_alone(program: Callable[..., Recording]) -> None:
    """Policy, public access block, ownership, versions, encryption and an end for what is old come with it."""
    assert kinds(program(with_args(""))) == Counter(ALWAYS)


@pytest.mark.must_have("data", "Buckets are closed to the public, keep old versions, and have one owner")
def test_a_bucket_is_closed_and_keeps_versions(program: Callable[..., Recording]) -> None:
    """All four switches, no ACLs, versioning on."""
    recording = program(with_args(""))
    block = only(recording, "bucketPublicAccessBlock:BucketPublicAccessBlock")
    assert [value for name, value in block.items() if name.startswith(("block", "ignore", "restrict"))] == [True] * 4
    assert only(recording, "bucketVersioning:BucketVersioning")["versioningConfiguration"] == {"status": "Enabled"}
    ownership = only(recording, "bucketOwnershipControls:BucketOwnershipControls")
    assert ownership["rule"] == {"objectOwnership": "BucketOwnerEnforced"}


@pytest.mark.must_have("data", "Objects are encrypted with our key, access logs with S3's own")
@pytest.mark.parametrize(("key", "algorithm"), [(repr(KEY), "aws:kms"), ("None", "AES256")])
def test_a_bucket_is_encrypted(program: Callable[..., Recording], key: str, algorithm: str) -> None:
    """Access logs cannot be delivered under a key of KMS, so a bucket without a key has S3's."""
    recording = program(with_args(f"key={key}"))
    rules = only(recording, ALWAYS[5])["rules"]
    assert isinstance(rules, list)
    (rule,) = rules
    assert rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == algorithm
    assert rule.get("bucketKeyEnabled") == (True if algorithm == "aws:kms" else None)


def test_what_is_old_moves_and_goes(program: Callable[..., Recording]) -> None:
    """Intelligent-Tiering, expiry and old versions as asked; unfinished uploads always."""
    rules = only(program(with_args("")), ALWAYS[1])["rules"]
    assert rules == [
        {
            "id": "old",
            "status": "Enabled",
            "filter": {"prefix": "old/"},
            "transitions": [{"days": 30, "storageClass": "INTELLIGENT_TIERING"}],
            "expiration": {"days": 90},
            "noncurrentVersionExpiration": {"noncurrentDays": 7},
        },
        {
            "id": "unfinished-uploads",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
        },
    ]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ("lock=Lock(compliance=True, days=365)", {"mode": "COMPLIANCE", "days": 365}),
        ("lock=Lock(compliance=False, days=14)", {"mode": "GOVERNANCE", "days": 14}),
        ("lock=Lock(compliance=False, days=0)", None),
    ],
)
def test_a_lock_holds_each_version(
    program: Callable[..., Recording], args: str, expected: dict[str, object] | None
) -> None:
    """A lock of no days lets writers hold versions and holds none by itself."""
    recording = program(with_args(args))
    assert only(recording, "bucket:Bucket")["objectLockEnabled"] is True
    found = [one.values["rule"] for one in recording.of_type(f"aws:s3/{LOCK}")]
    assert found == ([{"defaultRetention": expected}] if expected else [])


def test_access_goes_to_the_log(program: Callable[..., Recording]) -> None:
    """Below a prefix of the bucket's own, by the day of the event."""
    recording = program(with_args('logs_bucket="logs", logs_prefix="things"'))
    assert kinds(recording) == Counter((*ALWAYS, LOGGING))
    logging = only(recording, LOGGING)
    assert (logging["targetBucket"], logging["targetPrefix"]) == ("logs", "things/")


@pytest.mark.parametrize(("keep", "disposable"), [(True, False), (False, False), (False, True)])
def test_only_what_is_disposable_can_be_destroyed_full(
    program: Callable[..., Recording],
    keep: bool,  # noqa: FBT001 - a case
    disposable: bool,  # noqa: FBT001 - a case
) -> None:
    """Production's bucket is protected and stays; only the bucket itself, what is around it can change."""
    recording = program(with_args(f"keep={keep}, disposable={disposable}"))
    (bucket,) = recording.of_type("aws:s3/bucket:Bucket")
    assert (bucket.protect, bucket.retain) == (keep, keep)
    assert bucket.values["forceDestroy"] is disposable
    others = [one for one in recording.registrations if one.type.startswith("aws:s3") and one != bucket]
    assert not any(one.protect or one.retain for one in others)


@pytest.mark.must_have("data", "Buckets refuse old TLS, no TLS, and keys that are not this account's")
def test_a_policy_refuses_what_is_not_safe() -> None:
    """By denying it to everybody, so that no IAM document can allow it."""
    rules = {rule.sid: rule for rule in bucket_rules(ARNS, "b", encrypted=True)}
    assert all(rule.denies and rule.principal == "*" for rule in rules.values())
    assert rules["TlsOnly"].condition == {"Bool": {"aws:SecureTransport": "false"}}
    assert rules["ModernTlsOnly"].condition == {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
    for sid in ("TlsOnly", "ModernTlsOnly"):
        assert rules[sid].resources == ("arn:aws:s3:::b", "arn:aws:s3:::b/*")
    key = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    assert rules["NoStrangersKeys"].condition == {
        "Null": {key: "false"},
        "ArnNotLike": {key: "arn:aws:kms:us-east-1:123456789012:key/*"},
    }
    assert {"NoOtherEncryption", "NoCallersKeys"} < set(rules)


def test_a_request_that_names_no_encryption_is_not_refused() -> None:
    """It gets the bucket's own; a negated condition alone would hold for a header that is not there."""
    for rule in bucket_rules(ARNS, "b", encrypted=True):
        if rule.actions == ("s3:PutObject",):
            assert set(rule.condition["Null"].values()) == {"false"}


def test_nobody_unknown_is_allowed() -> None:
    """A rule that allows names who; only a rule that denies is about everybody."""
    with pytest.raises(ValueError, match="Open allows everyone"):
        Rule(sid="Open", principal="*", actions=("s3:GetObject",))
    assert json.loads(document(()))["Statement"] == []

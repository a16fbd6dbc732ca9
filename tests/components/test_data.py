"""The tables of the contract and the four buckets, by size of the stack."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from agents.access.ports import KEEP_DAYS
from agents.adapters.s3_anchors import S3AnchorStore
from agents.contract import AUDIT, CONFIGURATION, CONVERSATION, TABLES
from components.arns import Arns
from components.audit import HEADS
from components.data import HEADS_DAYS, access_logs_arrive, audit_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from delivery.recorder import Recording, Registration

ARNS = Arns(region="us-east-1", account="123456789012")
TABLE = "aws:dynamodb/table:Table"
TARGET = "aws:appautoscaling/target:Target"
POLICY = "aws:appautoscaling/policy:Policy"
SIZE = "DynamoDbResources()"
PROVISIONED = 'DynamoDbResources(billing_mode="provisioned", read_capacity=5, write_capacity=6, max_capacity=50)'
BUCKETS = {
    "aws:s3/bucket:Bucket": 4,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": 4,
    "aws:s3/bucketLogging:BucketLogging": 3,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": 4,
    "aws:s3/bucketPolicy:BucketPolicy": 4,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": 4,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": 4,
    "aws:s3/bucketVersioning:BucketVersioning": 4,
}
DECIDE = ("api", "authoriser", "gateway", "inventory", "purchasing", "query")
ADD_ONLY = "aws:dynamodb/resourcePolicy:ResourcePolicy"
LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
PROGRAM = """
from components.data import Data, DataArgs, audit_bucket_name
from components.sections import DynamoDbResources
from components.key_policies import trail_name
from components.trail import trail_writes

audit = audit_bucket_name(names)
data = Data(
    "data",
    DataArgs(
        names=names, arns=arns, key="arn:data", logs_key="arn:logs", size={size}, logs_days=14,
        keep={keep}, disposable={disposable}, audit_writers=trail_writes(arns, audit, trail_name(names)),
    ),
    opts,
)
"""


def made(
    program: Callable[..., Recording], *, size: str = SIZE, keep: bool = False, disposable: bool = False
) -> Recording:
    return program(PROGRAM.format(size=size, keep=keep, disposable=disposable))


def named(recording: Recording, name: str) -> Registration:
    return next(one for one in recording.registrations if one.name == name)


def kinds(recording: Recording) -> Counter[str]:
    return Counter(one.type for one in recording.registrations if one.parent.endswith("::data"))


def rules(recording: Recording, bucket: str) -> Mapping[str, dict[str, object]]:
    policy = named(recording, f"{bucket}-policy").values["policy"]
    assert isinstance(policy, str)
    return {rule["Sid"]: rule for rule in json.loads(policy)["Statement"]}


def lifecycle(recording: Recording, bucket: str) -> Mapping[str, dict[str, object]]:
    found = named(recording, f"{bucket}-lifecycle").values["rules"]
    assert isinstance(found, list)
    return {rule["id"]: rule for rule in found}


@pytest.mark.parametrize(
    ("size", "keep", "disposable", "extra"),
    [
        (SIZE, False, True, {}),
        (SIZE, False, False, {LOCK: 1}),
        (SIZE, True, False, {LOCK: 1}),
        (PROVISIONED, True, False, {LOCK: 1, TARGET: 2 * len(TABLES), POLICY: 2 * len(TABLES)}),
    ],
)
def test_the_layer_has_exactly_its_children(
    program: Callable[..., Recording],
    size: str,
    keep: bool,  # noqa: FBT001 - a case
    disposable: bool,  # noqa: FBT001 - a case
    extra: dict[str, int],
) -> None:
    """Tables and four buckets; scaling where capacity is paid for; a lock where the stack is not thrown away."""
    recording = made(program, size=size, keep=keep, disposable=disposable)
    assert kinds(recording) == {TABLE: len(TABLES), ADD_ONLY: 1, **BUCKETS, **extra}
    assert named(recording, "data").urn in recording.completed


@pytest.mark.must_have("data", "Tables can be put back to any second, and are encrypted with our key")
def test_tables_come_back_and_are_encrypted(program: Callable[..., Recording]) -> None:
    """Point-in-time recovery unless a stack file says otherwise."""
    for table in made(program).of_type(TABLE):
        assert table.values["pointInTimeRecovery"] == {"enabled": True}
        assert table.values["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": "arn:data"}
    off = made(program, size="DynamoDbResources(point_in_time_recovery=False)")
    assert [table.values["pointInTimeRecovery"] for table in off.of_type(TABLE)] == [{"enabled": False}] * len(TABLES)


@pytest.mark.must_have("data", "What expires goes by itself; changes of the configuration can be followed")
def test_ttl_and_streams(program: Callable[..., Recording]) -> None:
    """Conversations and decisions expire and have no stream: they leave by no second way."""
    recording = made(program)
    configuration = named(recording, f"data-{CONFIGURATION.name}").values
    conversation = named(recording, f"data-{CONVERSATION.name}").values
    assert (configuration["streamEnabled"], configuration["streamViewType"]) == (True, "NEW_AND_OLD_IMAGES")
    audit = named(recording, f"data-{AUDIT.name}").values
    for values in (configuration, conversation, audit):
        assert values["ttl"] == {"enabled": True, "attributeName": "expires_at"}
    for values in (conversation, audit):
        assert "streamEnabled" not in values


class Asked:
    """A client of S3 that remembers where it was asked to write."""

    key: object = None

    def put_object(self, **request: object) -> None:
        self.key = request["Key"]


@pytest.mark.must_have("data", "Nobody changes or deletes a decision, and only functions that decide add one")
def test_decisions_are_only_added(program: Callable[..., Recording]) -> None:
    """Whatever IAM allows; the table's policy refuses who is not the role of a function that decides."""
    stays, adds = rules(made(program), "data-audit").values()
    for rule in (stays, adds):
        assert (rule["Effect"], rule["Principal"]) == ("Deny", "*")
        assert rule["Resource"] == ["arn:aws:dynamodb:us-east-1:123456789012:table/qm-audit-dev"]
    assert stays["Action"] == [
        "dynamodb:BatchWriteItem",
        "dynamodb:DeleteItem",
        "dynamodb:PartiQLDelete",
        "dynamodb:PartiQLInsert",
        "dynamodb:PartiQLUpdate",
        "dynamodb:UpdateItem",
    ]
    assert "Condition" not in stays
    assert adds["Action"] == ["dynamodb:PutItem"]
    roles = [f"arn:aws:iam::123456789012:role/qm-{one}-dev-us-east-1" for one in sorted(DECIDE)]
    assert adds["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": roles}}


@pytest.mark.must_have("data", "A signed head is written once, by a request that says so, and deleted by nobody")
def test_heads_are_only_added(program: Callable[..., Recording]) -> None:
    """S3 itself refuses a second one; the lock of governance cannot be bypassed for heads either."""
    found = rules(made(program), "data-audit-bucket")
    added, stay = found["HeadsAreAdded"], found["HeadsStay"]
    for rule in (added, stay):
        assert (rule["Effect"], rule["Principal"]) == ("Deny", "*")
        assert rule["Resource"] == ["arn:aws:s3:::qm-audit-dev-123456789012-us-east-1/heads/*"]
    assert (added["Action"], added["Condition"]) == (["s3:PutObject"], {"Null": {"s3:if-none-match": "true"}})
    assert stay["Action"] == ["s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"]
    assert "Condition" not in stay


def test_heads_outlive_what_they_prove(program: Callable[..., Recording]) -> None:
    """A record whose head is gone would be unproven; files of the trail need not wait for either."""
    found = lifecycle(made(program), "data-audit-bucket")
    assert found["heads"]["filter"] == {"prefix": "heads/"}
    assert found["heads"]["expiration"] == {"days": HEADS_DAYS}
    assert HEADS_DAYS >= KEEP_DAYS + 30
    assert (found["trail"]["filter"], found["trail"]["expiration"]) == ({"prefix": "trail/"}, {"days": 365})
    assert "expiration" not in found["audit"]


def test_heads_lie_where_the_worker_writes_them() -> None:
    """The prefix that grants and policies name is the one that the code writes below."""
    asked = Asked()
    S3AnchorStore(asked, bucket="b", tenant="default").put(1, b"{}")
    assert str(asked.key).startswith(f"{HEADS}/default/")


@pytest.mark.must_have("data", "Production's tables and buckets are protected, and stay when they leave the program")
@pytest.mark.parametrize("keep", [False, True])
def test_state_that_is_kept_is_hard_to_lose(program: Callable[..., Recording], keep: bool) -> None:  # noqa: FBT001 - a case
    """Pulumi refuses, DynamoDB refuses, and taking the component out leaves everything there."""
    recording = made(program, keep=keep)
    for one in (*recording.of_type(TABLE), *recording.of_type("aws:s3/bucket:Bucket")):
        assert (one.protect, one.retain) == (keep, keep)
    assert {table.values["deletionProtectionEnabled"] for table in recording.of_type(TABLE)} == {keep}


@pytest.mark.must_have("data", "Capacity that is paid for follows its use, between the least and the most")
def test_provisioned_capacity_scales(program: Callable[..., Recording]) -> None:
    """Around 70 %, reads and writes of each table; an update does not put capacity back."""
    recording = made(program, size=PROVISIONED)
    bounds = {
        (one.values["scalableDimension"], one.values["minCapacity"], one.values["maxCapacity"])
        for one in recording.of_type(TARGET)
    }
    assert bounds == {
        ("dynamodb:table:ReadCapacityUnits", 5, 50),
        ("dynamodb:table:WriteCapacityUnits", 6, 50),
    }
    for one in recording.of_type(POLICY):
        tracking = one.values["targetTrackingScalingPolicyConfiguration"]
        assert isinstance(tracking, dict)
        assert tracking["targetValue"] == 70
    for table in recording.of_type(TABLE):
        assert (table.values["billingMode"], table.values["readCapacity"]) == ("PROVISIONED", 5)
        assert set(table.ignore_changes) == {"readCapacity", "writeCapacity"}


def test_on_demand_tables_have_no_capacity(program: Callable[..., Recording]) -> None:
    """Nothing to scale and nothing to ignore."""
    for table in made(program).of_type(TABLE):
        assert table.values["billingMode"] == "PAY_PER_REQUEST"
        assert not {"readCapacity", "writeCapacity"} & set(table.values)
        assert table.ignore_changes == ()


@pytest.mark.must_have("data", "Access to data, results and audit is logged; only S3 delivers, for our buckets")
def test_access_logs_arrive_from_our_buckets_only(program: Callable[..., Recording]) -> None:
    """The service is held to the account and to the three buckets, and each writes below its own prefix."""
    recording = made(program)
    targets = {one.name: one.values["targetPrefix"] for one in recording.of_type("aws:s3/bucketLogging:BucketLogging")}
    assert targets == {
        "data-bucket-logging": "data/",
        "data-results-bucket-logging": "results/",
        "data-audit-bucket-logging": "audit/",
    }
    rule = rules(recording, "data-logs-bucket")["AccessLogsArrive"]
    assert rule["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert rule["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {
            "aws:SourceArn": [
                "arn:aws:s3:::qm-audit-dev-123456789012-us-east-1",
                "arn:aws:s3:::qm-data-dev-123456789012-us-east-1",
                "arn:aws:s3:::qm-results-dev-123456789012-us-east-1",
            ]
        },
    }
    assert access_logs_arrive(ARNS, "l", {"data": "d"}).resources == ("arn:aws:s3:::l/data/*",)


@pytest.mark.must_have("data", "What is kept for an audit cannot be changed: a year in production")
@pytest.mark.parametrize(
    ("keep", "disposable", "expected"),
    [(True, False, (True, 365)), (False, False, (False, 14)), (False, True, (False, 0))],
)
def test_the_audit_bucket_is_locked(keep: bool, disposable: bool, expected: tuple[bool, int]) -> None:  # noqa: FBT001 - a case
    """In compliance mode only in production; what is thrown away holds nothing, or it could not be."""
    lock = audit_lock(keep=keep, disposable=disposable, days=14)
    assert (lock.compliance, lock.days) == expected


def test_the_lake_moves_to_cheaper_storage(program: Callable[..., Recording]) -> None:
    """To Intelligent-Tiering after a month."""
    found = lifecycle(made(program), "data-bucket")
    assert found["lake"]["transitions"] == [{"days": 30, "storageClass": "INTELLIGENT_TIERING"}]
    assert set(found) == {"lake", "unfinished-uploads"}


@pytest.mark.must_have("data", "Query results lie apart from the data, go after a day, and are in no backup")
def test_results_go(program: Callable[..., Recording]) -> None:
    """Where the lake lies they would be copied into a vault that nobody empties, and live as long as it."""
    found = lifecycle(made(program, keep=True), "data-results-bucket")
    assert found["results"]["filter"] == {"prefix": ""}
    assert found["results"]["expiration"] == {"days": 1}
    assert found["results"]["noncurrentVersionExpiration"] == {"noncurrentDays": 1}
    assert set(found) == {"results", "unfinished-uploads"}


@pytest.mark.parametrize("stack", ["local", "dev", "staging", "prod"])
def test_no_backup_has_results_in_it(recorded: Callable[[str], Recording], stack: str) -> None:
    """What the whole program backs up are tables, and the buckets of data and audit."""
    chosen = [one.values["resources"] for one in recorded(stack).of_type("aws:backup/selection:Selection")]
    arns = [str(arn) for resources in chosen if isinstance(resources, list) for arn in resources]
    assert not [arn for arn in arns if "-results-" in arn]
    assert [arn.split("-")[1] for arn in arns if ":s3:" in arn] == ["data", "audit"] * len(chosen)


def test_the_audit_bucket_lets_its_writers_in(program: Callable[..., Recording]) -> None:
    """One policy a bucket: what refuses and who writes are in the same document, complete in a plan."""
    found = rules(made(program), "data-audit-bucket")
    assert {"TlsOnly", "TrailLooks", "TrailWrites"} < set(found)

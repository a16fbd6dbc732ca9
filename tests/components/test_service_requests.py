"""What services ask of us, as they really ask it, against the documents of the whole program: allowed or refused.

A policy is right when the right request passes, which no look at a single statement shows. The evaluation is IAM's, as
far as our documents go: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from delivery.recorder import Recording

Document: TypeAlias = "list[Mapping[str, object]]"

ACCOUNT: Final = "000000000000"
OTHER: Final = "111122223333"
ROOT: Final = f"arn:aws:iam::{ACCOUNT}:root"
AUDIT, DATA, LOGS, RESULTS = (
    f"arn:aws:s3:::qm-{one}-prod-{ACCOUNT}-us-east-1" for one in ("audit", "data", "logs", "results")
)
KEY: Final = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234"
TOPIC: Final = f"arn:aws:sns:us-east-1:{ACCOUNT}:qm-alarms-prod"
TRAIL: Final = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/qm-audit-prod"
TLS: Final = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
SSE: Final = "s3:x-amz-server-side-encryption"
UNDER_KEY: Final = {SSE: "aws:kms", f"{SSE}-aws-kms-key-id": KEY}


@dataclass(frozen=True, kw_only=True)
class Request:
    """One call: of `service` by itself, or of the role whose policy is called `role`."""

    action: str
    on: str  # ARN
    policy: str = ""  # resource in the program whose policy the call meets
    service: str = ""
    role: str = ""
    context: Mapping[str, str]

    def but(self, **changed: str) -> Request:
        """The same with some of its context changed; `__` stands for a colon, `_` for a hyphen."""
        keys = {key.replace("__", ":").replace("_", "-"): value for key, value in changed.items()}
        return replace(self, context={**self.context, **keys})


def allowed(request: Request, identity: Document, of_resource: Document) -> bool:
    """Whether nothing denies it and who must allow it does: of a key both sides, else either side."""
    its_own = [*_matching(request, identity)]
    met = [one for one in _matching(request, of_resource) if _is_principal(one["Principal"], request)]
    if any(one["Effect"] == "Deny" for one in (*its_own, *met)):
        return False
    return bool(met) if request.service else bool(its_own and (met or not request.action.startswith("kms:")))


def _matching(request: Request, document: Document) -> Iterator[Mapping[str, object]]:
    for one in document:
        about = any(_like(pattern, request.action) for pattern in _list(one["Action"]))
        if about and any(_like(pattern, request.on) for pattern in _list(one["Resource"])):
            conditions = one.get("Condition", {})
            assert isinstance(conditions, dict)
            if all(
                _holds(operator, _list(values), request.context.get(key))
                for operator, keys in conditions.items()
                for key, values in keys.items()
            ):
                yield one


def _is_principal(principal: object, request: Request) -> bool:
    if principal == "*":
        return True
    assert isinstance(principal, dict)
    if request.service:
        return request.service in _list(principal.get("Service", []))
    return ROOT in _list(principal.get("AWS", []))


def _holds(operator: str, values: list[str], given: str | None) -> bool:
    if operator == "Null":
        return [str(given is None).lower()] == values
    plain = operator.removeprefix("ForAnyValue:").removeprefix("ForAllValues:")
    negated = "Not" in plain
    if given is None:
        return negated  # what is not there differs from everything
    if plain == "NumericLessThan":
        return float(given) < float(values[0])
    exact = plain in {"StringEquals", "StringNotEquals", "Bool"}
    assert exact or plain in {"StringLike", "ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals"}, (
        f"{operator} is not understood here"
    )
    return any(value == given if exact else _like(value, given) for value in values) is not negated


def _like(pattern: str, value: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value) is not None


def _list(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def document_of(recording: Recording, name: str) -> Document:
    """The statements that a resource of the program holds; of a Lambda permission the one that it stands for."""
    if not name:
        return []
    (values,) = [one.values for one in recording.registrations if one.name == name]
    if "policy" in values:
        found = json.loads(str(values["policy"]))["Statement"]
        assert isinstance(found, list)
        return found
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{values['function']}"
    return [
        {
            "Effect": "Allow",
            "Principal": {"Service": values["principal"]},
            "Action": values["action"],
            "Resource": f"{function}:{values['qualifier']}" if "qualifier" in values else function,
            "Condition": {"StringEquals": {"aws:SourceAccount": values["sourceAccount"]}},
        }
    ]


def by(service: str, source: str) -> dict[str, str]:
    """What a service says of itself and of whom it acts for."""
    said = {"aws:SourceArn": source, "aws:SourceAccount": ACCOUNT, "aws:PrincipalServiceName": service}
    return {**said, "aws:PrincipalIsAWSService": "true", **TLS}


def put(policy: str, service: str, source: str, on: str, **headers: str) -> Request:
    context = {**by(service, source), **headers}
    return Request(action="s3:PutObject", on=on, policy=policy, service=service, context=context)


def key_use(purpose: str, service: str, source: str) -> Request:
    return Request(
        action="kms:GenerateDataKey",
        on=KEY,
        policy=f"keys-{purpose}",
        service=service,
        context=by(service, source),
    )


def key_use_by(role: str, purpose: str, through: str, action: str = "kms:GenerateDataKey") -> Request:
    context = {
        "kms:ViaService": f"{through}.us-east-1.amazonaws.com",
        "kms:ResourceAliases": f"alias/qm-{purpose}-prod",
        "kms:GrantIsForAWSResource": "true",
    }
    return Request(action=action, on=KEY, policy=f"keys-{purpose}", role=role, context=context)


def arn_of(role: str) -> str:
    """Of the role whose policy is called `role`, such as runtime-api-policy."""
    return f"arn:aws:iam::{ACCOUNT}:role/qm-{role.split('-')[1]}-prod-us-east-1"


def by_role(role: str, action: str, on: str, policy: str = "", **context: str) -> Request:
    who = {"aws:PrincipalAccount": ACCOUNT, "aws:PrincipalIsAWSService": "false", "aws:PrincipalArn": arn_of(role)}
    return Request(action=action, on=on, policy=policy, role=role, context={**who, **TLS, **context})


CLOUDTRAIL: Final = "cloudtrail.amazonaws.com"
OWNER: Final = {"s3:x-amz-acl": "bucket-owner-full-control"}
FILE: Final = put(
    "data-audit-bucket-policy",
    CLOUDTRAIL,
    TRAIL,
    f"{AUDIT}/trail/AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/2026/06/30/a.json.gz",
    **OWNER,
    **UNDER_KEY,
)
DIGEST: Final = put(
    "data-audit-bucket-policy",
    CLOUDTRAIL,
    TRAIL,
    f"{AUDIT}/trail/AWSLogs/{ACCOUNT}/CloudTrail-Digest/eu-west-1/2026/06/30/a.json.gz",
    **OWNER,
    **{SSE: "AES256"},
)
ACCESS_LOG: Final = put(
    "data-logs-bucket-policy", "logging.s3.amazonaws.com", DATA, f"{LOGS}/data/{ACCOUNT}/us-east-1/a"
)
LOG_GROUPS: Final = "kms:EncryptionContext:aws:logs:arn"


def log_group(name: str) -> Request:
    context = {LOG_GROUPS: f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{name}"}
    service = "logs.us-east-1.amazonaws.com"
    return Request(action="kms:Encrypt", on=KEY, policy="keys-logs", service=service, context=context)


def publish(service: str, source: str) -> Request:
    return Request(
        action="sns:Publish",
        on=TOPIC,
        policy="monitoring-topic-policy",
        service=service,
        context=by(service, source),
    )


def alarm(name: str) -> str:
    return f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:{name}"


CLOUDWATCH, BUDGETS = "cloudwatch.amazonaws.com", "budgets.amazonaws.com"
BUDGET: Final = f"arn:aws:budgets::{ACCOUNT}:budget/qm-monthly-prod-us-east-1"
GATEWAY: Final = "runtime-gateway-policy"
TAKE: Final = "backup-take-policy"
RESTORE: Final = "backup-restore-policy"
RESTORE_TEST: Final = "backup-test-policy"
API: Final = "runtime-api-policy"
WORKER: Final = "runtime-worker-policy"
QUERY: Final = "runtime-query-policy"
RESULT: Final = by_role(GATEWAY, "s3:PutObject", f"{RESULTS}/1.csv", "data-results-bucket-policy", **UNDER_KEY)
RESTORED_TABLE: Final = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/qm-configuration-prod-restored-1"
TEST_BUCKET: Final = "arn:aws:s3:::awsbackup-restore-test-1"
TEST_TABLE: Final = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/awsbackup-restore-test-1"
OVER_HEAD: Final = by_role(
    WORKER, "s3:PutObject", f"{AUDIT}/heads/default/000000000001.json", "data-audit-bucket-policy", **UNDER_KEY
)
HEAD: Final = OVER_HEAD.but(s3__if_none_match="*")
DECISIONS: Final = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/qm-audit-prod"
POLICIES: Final = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/qm-configuration-prod"


def reads_policy(key: str) -> Request:
    return by_role(QUERY, "dynamodb:BatchGetItem", POLICIES, **{"dynamodb:LeadingKeys": key})


def add(role: str, action: str = "dynamodb:PutItem", **context: str) -> Request:
    """A change of the audit table, in a transaction."""
    enclosed = {"dynamodb:EnclosingOperation": "TransactWriteItems"}
    return by_role(f"runtime-{role}-policy", action, DECISIONS, "data-audit-policy", **{**enclosed, **context})


def pair_use(role: str, purpose: str, action: str = "kms:Sign") -> Request:
    """A function uses a key pair itself, with no service between."""
    context = {
        "kms:ResourceAliases": f"alias/qm-{purpose}-prod",
        "kms:CallerAccount": ACCOUNT,
        "aws:PrincipalArn": arn_of(f"runtime-{role}-policy"),
    }
    return Request(action=action, on=KEY, policy=f"keys-{purpose}", role=f"runtime-{role}-policy", context=context)


PASSES: Final = {
    "CloudTrail looks at the bucket": replace(FILE, action="s3:GetBucketAcl", on=AUDIT),
    "CloudTrail writes a file, of any region": FILE,
    "CloudTrail writes a digest, under S3's key": DIGEST,
    "CloudTrail encrypts": key_use("logs", CLOUDTRAIL, TRAIL),
    "S3 delivers an access log": ACCESS_LOG,
    "Athena writes a result": RESULT,
    "Athena writes a result under the bucket's own encryption": by_role(
        GATEWAY, "s3:PutObject", f"{RESULTS}/1.csv", "data-results-bucket-policy"
    ),
    "Athena encrypts a result": key_use_by(GATEWAY, "data", "s3"),
    "Backup reads data": key_use_by(TAKE, "data", "s3", "kms:Decrypt"),
    "Backup reads what is kept for an audit": key_use_by(TAKE, "logs", "s3", "kms:Decrypt"),
    "Backup restores an object": by_role(RESTORE, "s3:PutObject", f"{DATA}/lake/a", "data-bucket-policy", **UNDER_KEY),
    "Backup restores a table for people": by_role(RESTORE, "dynamodb:RestoreTableFromAwsBackup", RESTORED_TABLE),
    "Backup restores a table to test it": by_role(RESTORE_TEST, "dynamodb:RestoreTableFromAwsBackup", TEST_TABLE),
    "Backup makes a bucket to test it": by_role(RESTORE_TEST, "s3:CreateBucket", TEST_BUCKET),
    "Backup restores an object to test it": by_role(RESTORE_TEST, "s3:PutObject", f"{TEST_BUCKET}/lake/a"),
    "Backup reads what it tests": key_use_by(RESTORE_TEST, "backup", "backup", "kms:Decrypt"),
    "Backup reads what it restores": key_use_by(RESTORE, "backup", "backup", "kms:Decrypt"),
    "Backup lets DynamoDB keep using the key": key_use_by(RESTORE, "data", "dynamodb", "kms:CreateGrant"),
    "Logs encrypts a function's group": log_group("/aws/lambda/qm-api-prod"),
    "Logs encrypts the WAF's group": log_group("aws-waf-logs-qm-edge-prod"),
    "the outage alarm publishes": publish(CLOUDWATCH, alarm("qm-outage-prod")),
    "the outage alarm encrypts": key_use("messages", CLOUDWATCH, alarm("qm-outage-prod")),
    "the budget publishes": publish(BUDGETS, BUDGET),
    "the budget encrypts": key_use("messages", BUDGETS, BUDGET),
    "the worker adds a head": HEAD,
    "the worker encrypts a head": key_use_by(WORKER, "logs", "s3"),
    "the worker signs a head": pair_use("worker", "audit"),
    "the API reads a head": by_role(API, "s3:GetObject", HEAD.on, "data-audit-bucket-policy"),
    "the API decrypts a head": key_use_by(API, "logs", "s3", "kms:Decrypt"),
    "the worker shows what verifies a head": pair_use("worker", "audit", "kms:GetPublicKey"),
    "the API signs a delegation": pair_use("api", "delegation"),
    "a tool verifies a delegation": pair_use("query", "delegation", "kms:GetPublicKey"),
    "the API adds a decision": add("api"),
    "the gateway adds a decision": add("gateway"),
    "a tool adds a decision": add("query"),
    "a tool reads the access policy": reads_policy("default#version#access/policy#base"),
    "a tool looks whether it is still the newest": reads_policy("default#sequence"),
}
STRANGER: Final = {"aws__SourceAccount": OTHER}
REFUSED: Final = {
    "a restore test writes the data": by_role(
        RESTORE_TEST, "s3:PutObject", f"{DATA}/lake/a", "data-bucket-policy", **UNDER_KEY
    ),
    "a restore test writes a table": by_role(RESTORE_TEST, "dynamodb:PutItem", RESTORED_TABLE),
    "another trail writes": FILE.but(aws__SourceArn=TRAIL.replace("audit", "other")),
    "another account's trail writes": FILE.but(aws__SourceArn=TRAIL.replace(ACCOUNT, OTHER)),
    "another account's trail encrypts": key_use("logs", CLOUDTRAIL, TRAIL.replace(ACCOUNT, OTHER)),
    "CloudTrail writes outside of its prefix": replace(FILE, on=f"{AUDIT}/other/a"),
    "CloudTrail writes without TLS": FILE.but(aws__SecureTransport="false"),
    "another account's bucket delivers its access log": ACCESS_LOG.but(**STRANGER),
    "another bucket delivers its access log": ACCESS_LOG.but(aws__SourceArn="arn:aws:s3:::other"),
    "a result under S3's key": replace(RESULT, context={**RESULT.context, SSE: "AES256"}),
    "a result under another account's key": replace(
        RESULT, context={**RESULT.context, f"{SSE}-aws-kms-key-id": KEY.replace(ACCOUNT, OTHER)}
    ),
    "the gateway writes the lake": replace(RESULT, on=f"{DATA}/lake/a.parquet", policy="data-bucket-policy"),
    "the gateway decrypts secrets": key_use_by(GATEWAY, "secrets", "secretsmanager", "kms:Decrypt"),
    "Logs encrypts another environment's group": log_group("/aws/lambda/qm-api-pre-prod"),
    "another environment's alarm publishes": publish(CLOUDWATCH, alarm("qm-outage-pre-prod")),
    "another environment's alarm encrypts": key_use("messages", CLOUDWATCH, alarm("qm-outage-pre-prod")),
    "another account's budget publishes": publish(BUDGETS, BUDGET).but(**STRANGER),
    "the worker replaces a head": OVER_HEAD,
    "the worker writes beside the heads": replace(HEAD, on=f"{AUDIT}/trail/AWSLogs/a"),
    "the worker deletes a head": replace(HEAD, action="s3:DeleteObject"),
    "Backup restores over a head": replace(OVER_HEAD, role=RESTORE),
    "the API adds a head": replace(HEAD, role=API),
    "a tool reads a head": by_role(QUERY, "s3:GetObject", HEAD.on, "data-audit-bucket-policy"),
    "the API signs a head": pair_use("api", "audit"),
    "the worker signs a delegation": pair_use("worker", "delegation"),
    "a tool signs a delegation": pair_use("query", "delegation"),
    "the gateway signs a delegation": pair_use("gateway", "delegation"),
    "the worker adds a decision": add("worker"),
    "a tool adds a decision outside of a transaction": add("query", **{"dynamodb:EnclosingOperation": "none"}),
    "a tool changes a decision": add("query", "dynamodb:UpdateItem"),
    "the API deletes a decision": add("api", "dynamodb:DeleteItem"),
    "a tool reads an agent's configuration": reads_policy("default#version#agent/inventory#base"),
    "a tool reads another tenant's access policy": reads_policy("other#version#access/policy#base"),
}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        *(pytest.param(one, True, id=name) for name, one in PASSES.items()),
        *(pytest.param(one, False, id=f"not: {name}") for name, one in REFUSED.items()),
    ],
)
def test_services_get_what_they_ask_for_and_no_more(
    recorded: Callable[[str], Recording],
    request_: Request,
    expected: bool,  # noqa: FBT001 - a case
) -> None:
    """Each request as its service sends it, encryption and source included, and its neighbour that must not pass."""
    prod = recorded("prod")
    documents = (document_of(prod, name) for name in (request_.role, request_.policy))
    assert allowed(request_, *documents) is expected

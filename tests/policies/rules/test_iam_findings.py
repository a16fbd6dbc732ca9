"""Granular findings of the rules about IAM: each is named by what an exemption would name."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from policies.rules import RULES
from policies.rules._code import FUNCTION
from policies.rules._identity import ROLE, ROLE_POLICY
from policies.rules._resource import Found, NotEvaluated, Resource
from policies.rules._stack import Member, Stack

ALL = {one.id: one for one in RULES}


def found(rule: str, *statements: dict[str, object]) -> list[str]:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    resource = Resource(type=ROLE_POLICY, name="one", urn="", properties={"policy": document})
    return [one.what for one in ALL[rule].check(resource) if isinstance(one, Found)]  # type: ignore[arg-type, union-attr]  # a rule about one resource


def allow(*actions: str, on: str = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


@pytest.mark.parametrize(
    ("rule", "statement", "named"),
    [
        ("iam-no-wildcard-action", allow("s3:Get*", "s3:PutObject", "sqs:*"), ["s3:Get*", "sqs:*"]),
        ("iam-no-service-wildcard", allow("s3:Get*", "sqs:*"), ["sqs:*"]),
        ("iam-resources-named", allow("sqs:GetQueueUrl", "sqs:SendMessage", "sqs:ListQueues"), ["sqs:GetQueueUrl"]),
        ("iam-no-unconstrained-write", allow("sqs:GetQueueUrl", "sqs:SendMessage"), ["sqs:SendMessage"]),
        ("iam-no-unconstrained-permissions", allow("sqs:SendMessage", "sqs:AddPermission"), ["sqs:AddPermission"]),
        ("iam-no-data-exfiltration", allow("s3:Get*", on="arn:aws:s3:::*/*"), ["s3:GetObject", "s3:GetObjectVersion"]),
        ("iam-no-credentials-exposure", allow("sts:AssumeRole", "sts:GetCallerIdentity"), ["sts:AssumeRole"]),
        ("iam-no-decrypt-of-all-keys", allow("kms:Decrypt", "kms:Encrypt"), ["kms:Decrypt"]),
        ("iam-action-exists", allow("s3:GetObjekt", "s3:GetObject"), ["s3:GetObjekt"]),
        ("iam-resource-fits-action", allow("s3:GetObject", "s3:ListBucket", on="arn:aws:s3:::a"), ["s3:GetObject"]),
    ],
)
def test_each_action_is_a_finding_of_its_own(rule: str, statement: dict[str, object], named: list[str]) -> None:
    """So that one of them can be exempt and the next is still found."""
    assert found(rule, statement) == named


def test_an_escalation_is_named_by_its_path() -> None:
    """Several statements together make one; a harmless half makes none."""
    passing, making, calling = allow("iam:PassRole"), allow("lambda:CreateFunction"), allow("lambda:InvokeFunction")
    assert found("iam-no-privilege-escalation", passing, making, calling) == ["pass-to-function-called"]
    assert found("iam-no-privilege-escalation", making, calling) == []
    assert found("iam-no-privilege-escalation", allow("iam:PutRolePolicy")) == ["inline-policy-of-role"]


def test_a_condition_that_tames_an_escalation_counts_and_others_do_not() -> None:
    """A boundary that must be set does; that the caller uses TLS does not."""
    bounded = {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::000000000000:policy/boundary"}}
    secure = {"Bool": {"aws:SecureTransport": "true"}}
    assert found("iam-no-privilege-escalation", allow("iam:PutRolePolicy", Condition=bounded)) == []
    assert found("iam-no-privilege-escalation", allow("iam:PutRolePolicy", Condition=secure)) != []


def test_one_unknown_document_of_a_role_hides_no_other() -> None:
    """What is known is judged; what is not is said to be not evaluated."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:*")]})

    class Unknown(Resource):
        def peek(self, path: str) -> object:
            from policies.rules._resource import UNKNOWN

            return UNKNOWN if path == "inlinePolicies.0.policy" else super().peek(path)

    role = Unknown(type=ROLE, name="one", urn="", properties={"inlinePolicies": [{"policy": ""}, {"policy": policy}]})
    results = list(ALL["iam-no-service-wildcard"].check(role))  # type: ignore[arg-type]  # a rule about one resource
    assert results == [
        NotEvaluated("inlinePolicies.0.policy"),
        Found("s3:*", "inlinePolicies.1.policy: a statement allows all actions of s3"),
    ]


def stack(*members: Member) -> Stack:
    return Stack(members, SimpleNamespace())  # type: ignore[arg-type]  # these rules ask nothing of exemptions


def member(kind: str, name: str, properties: dict[str, object], **sources: str) -> Member:
    return Member(
        type=kind,
        name=name,
        urn=name,
        properties=properties,
        sources={key: frozenset({urn}) for key, urn in sources.items()},
    )


def worker(*actions: str, **properties: object) -> Stack:
    """The worker with a role that has these actions."""
    policy = json.dumps({"Statement": [allow(*actions, Sid="Does")]})
    return stack(
        member(FUNCTION, "runtime-worker", {"handler": "agents.entry.worker.handler", **properties}, role="role"),
        member(ROLE, "role", {"name": "worker"}),
        member(ROLE_POLICY, "policy", {"policy": policy}, role="role"),
    )


def differences(rule: str, one: Stack) -> list[tuple[str, str]]:
    return [(each[0].name, each[1].what) for each in ALL[rule].check(one) if not isinstance(each, NotEvaluated)]  # type: ignore[arg-type, union-attr, index]  # a rule about stacks


def test_a_grant_that_no_code_needs_is_found_at_its_policy() -> None:
    """And one that the exceptions excuse is not."""
    assert differences("iam-grant-is-used", worker("dynamodb:Query", "dynamodb:Scan")) == [("policy", "dynamodb:Scan")]


def test_what_lambda_needs_to_run_a_function_is_needed() -> None:
    """Traces, where the function has them switched on."""
    traced = {"tracingConfig": {"mode": "Active"}}
    assert differences("iam-grant-is-used", worker("xray:PutTraceSegments", **traced)) == []
    assert differences("iam-grant-is-used", worker("xray:PutTraceSegments")) == [("policy", "xray:PutTraceSegments")]


def test_a_call_that_the_role_does_not_allow_is_found_at_the_function() -> None:
    """Each by its action; `dynamodb:PutItem` of the worker is excused."""
    missing = differences("iam-call-is-granted", worker("dynamodb:BatchGetItem", "dynamodb:GetItem", "kms:*", "s3:*"))
    assert missing == [("runtime-worker", "dynamodb:Query")]

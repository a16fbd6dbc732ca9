"""Who may do what: the grants of each function."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.contract import API, AUTHORISER, FUNCTIONS, GATEWAY, TOOL_FUNCTIONS, WORKER
from components import iam
from components.arns import Arns
from components.grants import Estate, grants_of, hosting_of, schedule_grants
from components.lake_views import LakeSource
from components.naming import Names

ARNS = Arns(region="us-east-1", account="123456789012")
PROFILE = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
YOURS = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ESTATE = Estate(
    names=Names(prefix="qm", environment="dev", account=ARNS.account, region=ARNS.region),
    arns=ARNS,
    tables={name: f"qm-{name}-dev" for name in ("configuration", "conversation", "audit")},
    bucket="qm-data-dev-123456789012-us-east-1",
    results_bucket="qm-results-dev-123456789012-us-east-1",
    audit_bucket="qm-audit-dev-123456789012-us-east-1",
    database="qm_lake_dev",
    workgroup="qm-gateway-dev",
    keys={purpose: f"qm-{purpose}-dev" for purpose in ("audit", "data", "delegation", "logs", "messages")},
    model=PROFILE,
    guarded=True,
)
SOURCE = LakeSource(database="erp", locations=("s3://acme-lake/erp/",), tables={})
PAIRS = {purpose: ESTATE.keys[purpose] for purpose in ("audit", "delegation")}  # which are never yours
ESTATES = {
    "guarded": ESTATE,
    "unguarded": replace(ESTATE, guarded=False),
    "offline": replace(ESTATE, model="offline"),
    "your key": replace(ESTATE, keys={**dict.fromkeys(ESTATE.keys, YOURS), **PAIRS}),
    "your lake": replace(ESTATE, source=SOURCE),
}
NAMES = [function.name for function in FUNCTIONS]
TOOLS = [function.name for function in TOOL_FUNCTIONS.values()]
LAKE = ("athena:", "glue:")
VERIFIERS = [GATEWAY.name, *TOOLS]
DECIDERS = [AUTHORISER.name, API.name, *VERIFIERS]
WRITES = ("Delete", "PartiQL", "Put", "Update", "Write")
HEADS = "arn:aws:s3:::qm-audit-dev-123456789012-us-east-1/heads/*"


def actions_of(function: str, estate: Estate = ESTATE) -> set[str]:
    return {action for statement in grants_of(function, estate) for action in statement.actions}


def on(function: str, arn: str) -> set[str]:
    """What a function may do to one resource."""
    return {action for one in grants_of(function, ESTATE) if arn in one.resources for action in one.actions}


def with_pair(function: str, action: str) -> set[str]:
    """The aliases of the key pairs that a function may use so."""
    found = (one.condition["ForAnyValue:StringEquals"] for one in grants_of(function, ESTATE) if action in one.actions)
    aliases = [keys["kms:ResourceAliases"] for keys in found]
    return {alias for one in aliases for alias in ([one] if isinstance(one, str) else one)}


def called_by(function: str) -> set[str]:
    statements = [one for one in grants_of(function, ESTATE) if "lambda:InvokeFunction" in one.actions]
    return {arn.partition(":function:")[2] for one in statements for arn in one.resources}


def test_the_api_keeps_items_calls_tools_and_invokes_its_model() -> None:
    """The API's role: its tables, keys, the heads of the audit, the tool functions, one model behind a guardrail."""
    assert actions_of(API.name) == {
        "bedrock:ApplyGuardrail",
        "bedrock:InvokeModel",
        "dynamodb:BatchGetItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "kms:GetPublicKey",
        "kms:Sign",
        "lambda:InvokeFunction",
        "s3:GetObject",
        "s3:ListBucket",
    }


def test_who_calls_whom_is_the_contracts() -> None:
    """The API reaches the tool functions and not the gateway, these the gateway, and the others nobody."""
    assert called_by(API.name) == {f"qm-{tool}-dev:live" for tool in TOOLS}
    assert all(called_by(tool) == {"qm-gateway-dev:live"} for tool in TOOLS)
    assert not called_by(GATEWAY.name) | called_by(WORKER.name)


def test_the_offline_model_needs_no_grant() -> None:
    """Without a model in Bedrock the role can neither invoke one nor ask a guardrail."""
    assert not [action for action in actions_of(API.name, ESTATES["offline"]) if action.startswith("bedrock:")]


@pytest.mark.must_have("runtime", "Only the gateway's role reaches Athena, Glue and the lake's files")
def test_only_the_gateway_reaches_the_lake() -> None:
    """Athena, Glue and the buckets of data and results are in the gateway's role and in no other."""
    assert {action for action in actions_of(GATEWAY.name) if action.startswith((*LAKE, "s3:"))} == {
        "athena:GetQueryExecution",
        "athena:GetQueryResults",
        "athena:StartQueryExecution",
        "athena:StopQueryExecution",
        "glue:GetDatabase",
        "glue:GetPartitions",
        "glue:GetTable",
        "glue:GetTables",
        "s3:AbortMultipartUpload",
        "s3:GetBucketLocation",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:ListMultipartUploadParts",
        "s3:PutObject",
    }
    others = set(NAMES) - {GATEWAY.name}
    assert not [action for name in others for action in actions_of(name) if action.startswith(LAKE)]
    buckets = {arn for name in others for one in grants_of(name, ESTATE) for arn in one.resources if ":s3:" in arn}
    assert buckets == {HEADS, HEADS.removesuffix("/heads/*")}


def test_the_gateway_writes_results_and_never_data() -> None:
    """What the gateway may put lies in the results' bucket only."""
    puts = [one for one in grants_of(GATEWAY.name, ESTATES["your lake"]) if "s3:PutObject" in one.actions]
    assert [one.resources for one in puts] == [("arn:aws:s3:::qm-results-dev-123456789012-us-east-1/*",)]


def test_the_gateway_reads_a_lake_that_exists() -> None:
    """Its database beside ours, for a view is read with the rights of who asks; its files, where they lie."""
    resources = {arn for one in grants_of(GATEWAY.name, ESTATES["your lake"]) for arn in one.resources}
    assert {
        "arn:aws:glue:us-east-1:123456789012:table/erp/*",
        "arn:aws:glue:us-east-1:123456789012:table/qm_lake_dev/*",
        "arn:aws:s3:::acme-lake/erp/*",
    } <= resources
    assert not [arn for one in grants_of(GATEWAY.name, ESTATE) for arn in one.resources if "acme" in arn]


@pytest.mark.must_have("runtime", "The worker reads configuration and decisions, and writes signed heads only")
def test_the_worker_writes_heads_only() -> None:
    """No action that writes a table, and one that writes below one prefix of the audit bucket."""
    assert actions_of(WORKER.name) == {
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "kms:GetPublicKey",
        "kms:Sign",
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
    }
    puts = [one.resources for one in grants_of(WORKER.name, ESTATE) if "s3:PutObject" in one.actions]
    assert puts == [(HEADS,)]
    assert on(WORKER.name, ARNS.table("qm-conversation-dev")) == set()
    assert on(WORKER.name, ARNS.table("qm-audit-dev")) == {"dynamodb:Query"}


@pytest.mark.must_have("runtime", "Who decides on access adds to the audit table, in transactions, and changes nothing")
def test_decisions_are_only_added() -> None:
    """Who decides puts items and finds them by their keys; API and worker read chains; nobody does more."""
    table = ARNS.table("qm-audit-dev")
    readers = {API.name, WORKER.name}
    for name in NAMES:
        adds = {"dynamodb:BatchGetItem", "dynamodb:PutItem"} if name in DECIDERS else set()
        assert on(name, table) == adds | ({"dynamodb:Query"} if name in readers else set())
        for one in grants_of(name, ESTATE):
            if table in one.resources and "dynamodb:PutItem" in one.actions:
                assert one.resources == (table,)
                enclosing = {"dynamodb:EnclosingOperation": ["TransactWriteItems"]}
                assert one.condition == {"ForAnyValue:StringEquals": enclosing}
                assert "the chain of digests and its signed heads show that" in one.why


def test_no_function_changes_an_item_in_place() -> None:
    """Of all writes there is the put, which API and deciders have."""
    assert {action for name in NAMES for action in actions_of(name) if any(word in action for word in WRITES)} == {
        "dynamodb:PutItem",
        "s3:PutObject",
    }


@pytest.mark.must_have("runtime", "Gateway and tools read the access policy, and no other document")
def test_who_follows_the_policy_reads_nothing_else() -> None:
    """Its versions, and what says which is the newest; the condition holds for every key of a request."""
    for name in VERIFIERS:
        (one,) = [one for one in grants_of(name, ESTATE) if ARNS.table("qm-configuration-dev") in one.resources]
        assert set(one.actions) == {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"}
        keys = ["default#head", "default#sequence", "default#version#access/policy#*"]
        assert one.condition == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys}}


@pytest.mark.must_have("runtime", "The authoriser reads the keys of machines, and nothing else of ours")
def test_the_authoriser_reads_keys_and_nothing_else() -> None:
    """No other document, no data, no model and no key pair; it adds refusals to the audit, and can make no key."""
    grants = grants_of(AUTHORISER.name, ESTATE)
    (one,) = [one for one in grants if ARNS.table("qm-configuration-dev") in one.resources]
    assert set(one.actions) == {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"}
    keys = ["default#head", "default#version#key/*#*"]
    assert one.condition == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys}}
    (adds,) = [one for one in grants if "dynamodb:PutItem" in one.actions]
    assert adds.resources == (ARNS.table("qm-audit-dev"),)
    assert actions_of(AUTHORISER.name) == {*one.actions, *adds.actions, "kms:Decrypt", "kms:GenerateDataKey"}


@pytest.mark.must_have("runtime", "Only the API signs delegations, only the worker heads; gateway and tools verify")
def test_who_verifies_cannot_sign() -> None:
    """A function that could sign could be anybody to every other one."""
    assert {name: with_pair(name, "kms:Sign") for name in NAMES} == {
        **{name: set() for name in (AUTHORISER.name, *VERIFIERS)},
        API.name: {"alias/qm-delegation-dev"},
        WORKER.name: {"alias/qm-audit-dev"},
    }
    assert {name: with_pair(name, "kms:GetPublicKey") for name in NAMES} == {
        AUTHORISER.name: set(),
        **{name: {"alias/qm-delegation-dev"} for name in VERIFIERS},
        API.name: {"alias/qm-delegation-dev"},
        WORKER.name: {"alias/qm-audit-dev"},
    }


def test_no_function_reaches_a_secret() -> None:
    """Those of the agents are filled by people, and no code reads them yet."""
    assert not [action for name in NAMES for action in actions_of(name) if action.startswith("secretsmanager:")]


@pytest.mark.must_have("runtime", "A key encrypts through the services that hold what it encrypts, and no other way")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("estate", ESTATES.values(), ids=ESTATES)
def test_a_key_is_never_used_directly(name: str, estate: Estate) -> None:
    """Code can neither decrypt what it was handed nor make data keys of its own."""
    for statement in (*grants_of(name, estate), *hosting_of(name, estate, traced=True, networked=True)):
        if {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"} & set(statement.actions):
            assert statement.condition["StringEquals"]["kms:ViaService"]
        elif any(action.startswith("kms:") for action in statement.actions):
            assert set(statement.actions) in ({"kms:Sign"}, {"kms:GetPublicKey"})


@pytest.mark.must_have("runtime", "No grant has a wildcard action, or every resource where the service has any")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("estate", ESTATES.values(), ids=ESTATES)
def test_no_grant_is_wide(name: str, estate: Estate) -> None:
    """Intents differ, no role is passed on, a wide ARN stands under a condition."""
    statements = (*grants_of(name, estate), *hosting_of(name, estate, traced=True, networked=True))
    assert len({statement.sid for statement in statements}) == len(statements)
    assert all(statement.sid.isalnum() for statement in statements)
    for statement in statements:
        if statement.denies:
            continue
        assert not [action for action in statement.actions if "*" in action or action == "iam:PassRole"]
        assert "*" not in statement.resources or set(statement.actions) <= WITHOUT_RESOURCES
        wide = [arn for arn in statement.resources if ":key/*" in arn or "bedrock:*" in arn]
        assert not wide or statement.condition


# https://docs.aws.amazon.com/service-authorization/latest/reference/: these take no resource.
WITHOUT_RESOURCES = {
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_role_fits_into_one_inline_policy(name: str) -> None:
    """IAM takes 10,240 characters in all of a role's inline policies, white space left out."""
    statements = (*grants_of(name, ESTATES["your lake"]), *hosting_of(name, ESTATE, traced=True, networked=True))
    assert len("".join(iam.document(statements).split())) <= 10_240


def test_the_scheduler_calls_the_worker_and_nobody_else() -> None:
    """And may say into one queue that it could not."""
    resources = {action: one.resources for one in schedule_grants(ESTATE) for action in one.actions}
    assert resources["lambda:InvokeFunction"] == ("arn:aws:lambda:us-east-1:123456789012:function:qm-worker-dev:live",)
    assert resources["sqs:SendMessage"] == ("arn:aws:sqs:us-east-1:123456789012:qm-failures-dev",)
    assert set(resources) == {"kms:Decrypt", "kms:GenerateDataKey", "lambda:InvokeFunction", "sqs:SendMessage"}


def test_a_function_without_grants_is_a_mistake() -> None:
    """A new function must say what its role is for."""
    with pytest.raises(ValueError, match="unknown has no grants"):
        grants_of("unknown", ESTATE)

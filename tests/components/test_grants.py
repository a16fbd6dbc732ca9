"""Who may do what: the grants of each function."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.contract import API, FUNCTIONS, GATEWAY, ROTATION, TOOL_FUNCTIONS, WORKER
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
    tables={"configuration": "qm-configuration-dev", "conversation": "qm-conversation-dev"},
    bucket="qm-data-dev-123456789012-us-east-1",
    results_bucket="qm-results-dev-123456789012-us-east-1",
    database="qm_lake_dev",
    workgroup="qm-gateway-dev",
    keys={"data": "qm-data-dev", "messages": "qm-messages-dev", "secrets": "qm-secrets-dev"},
    model=PROFILE,
    guarded=True,
)
SOURCE = LakeSource(database="erp", locations=("s3://acme-lake/erp/",), tables={})
ESTATES = {
    "guarded": ESTATE,
    "unguarded": replace(ESTATE, guarded=False),
    "offline": replace(ESTATE, model="offline"),
    "your key": replace(ESTATE, keys=dict.fromkeys(ESTATE.keys, YOURS)),
    "your lake": replace(ESTATE, source=SOURCE),
}
NAMES = [function.name for function in FUNCTIONS]
TOOLS = [function.name for function in TOOL_FUNCTIONS.values()]
LAKE = ("athena:", "glue:", "s3:")


def actions_of(function: str, estate: Estate = ESTATE) -> set[str]:
    return {action for statement in grants_of(function, estate) for action in statement.actions}


def called_by(function: str) -> set[str]:
    statements = [one for one in grants_of(function, ESTATE) if "lambda:InvokeFunction" in one.actions]
    return {arn.partition(":function:")[2] for one in statements for arn in one.resources}


def test_the_api_keeps_items_calls_tools_and_invokes_its_model() -> None:
    """The API's role: its tables, the key, the tool functions, one model behind a guardrail."""
    assert actions_of(API.name) == {
        "bedrock:ApplyGuardrail",
        "bedrock:InvokeModel",
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "lambda:InvokeFunction",
    }


def test_who_calls_whom_is_the_contracts() -> None:
    """The API reaches the tool functions and not the gateway, these the gateway, and the others nobody."""
    assert called_by(API.name) == {f"qm-{tool}-dev:live" for tool in TOOLS}
    assert all(called_by(tool) == {"qm-gateway-dev:live"} for tool in TOOLS)
    assert not called_by(GATEWAY.name) | called_by(WORKER.name) | called_by(ROTATION.name)


def test_the_offline_model_needs_no_grant() -> None:
    """Without a model in Bedrock the role can neither invoke one nor ask a guardrail."""
    assert not [action for action in actions_of(API.name, ESTATES["offline"]) if action.startswith("bedrock:")]


@pytest.mark.must_have("runtime", "Only the gateway's role reaches Athena, Glue and the lake's files")
def test_only_the_gateway_reaches_the_lake() -> None:
    """Athena, Glue and S3 are in the gateway's role and in no other."""
    assert {action for action in actions_of(GATEWAY.name) if action.startswith(LAKE)} == {
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


@pytest.mark.must_have("runtime", "The worker reads the configuration and writes nothing")
def test_the_worker_only_reads() -> None:
    """One table, no action that writes, and no data key."""
    assert actions_of(WORKER.name) == {
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "kms:Decrypt",
    }
    tables = {arn for one in grants_of(WORKER.name, ESTATE) for arn in one.resources if ":table/" in arn}
    assert tables == {"arn:aws:dynamodb:us-east-1:123456789012:table/qm-configuration-dev"}


def test_rotation_reaches_the_secrets_of_the_contract_only() -> None:
    """Not those of the agents, which people fill, and no other function reaches any."""
    arns = {arn for one in grants_of(ROTATION.name, ESTATE) for arn in one.resources if ":secret:" in arn}
    assert arns == {"arn:aws:secretsmanager:us-east-1:123456789012:secret:qm/dev/delegation-??????"}
    others = set(NAMES) - {ROTATION.name}
    assert not [action for name in others for action in actions_of(name) if action.startswith("secretsmanager:")]


@pytest.mark.must_have("runtime", "A key is used through the services that hold what it encrypts, and no other way")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("estate", ESTATES.values(), ids=ESTATES)
def test_a_key_is_never_used_directly(name: str, estate: Estate) -> None:
    """Code can neither decrypt what it was handed nor make data keys of its own."""
    for statement in (*grants_of(name, estate), *hosting_of(name, estate, traced=True, networked=True)):
        if any(action.startswith("kms:") for action in statement.actions):
            assert statement.condition["StringEquals"]["kms:ViaService"]


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

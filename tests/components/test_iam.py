"""Who may do what: statements by intent, grants by function, policies of keys and bucket."""

from __future__ import annotations

import pytest

from agents.contract import API, FUNCTIONS, GATEWAY
from components import iam
from components.arns import Arns
from components.grants import Estate, grants_of

ARNS = Arns(region="us-east-1", account="123456789012")
PROFILE = "us.anthropic.claude-haiku-4-5-20251001-v1:0"


def estate(model: str = PROFILE) -> Estate:
    return Estate(
        arns=ARNS,
        tables=("qm-configuration-dev", "qm-conversation-dev"),
        bucket="qm-data-dev-123456789012-us-east-1",
        database="qm_lake_dev",
        workgroup="qm-gateway-dev",
        key_alias="qm-data-dev",
        model=model,
        functions={"api": "qm-api-dev", "gateway": "qm-gateway-dev"},
        log_groups={"api": "/aws/lambda/qm-api-dev", "gateway": "/aws/lambda/qm-gateway-dev"},
    )


def actions_of(function: str, model: str = PROFILE) -> set[str]:
    return {action for statement in grants_of(function, estate(model)) for action in statement.actions}


def test_the_api_keeps_items_calls_the_gateway_and_invokes_its_model() -> None:
    """The API's role: its tables, the key, its log, one function, one model."""
    assert actions_of(API.name) == {
        "bedrock:InvokeModel",
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "lambda:InvokeFunction",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }


def test_the_offline_model_needs_no_grant() -> None:
    """Without a model in Bedrock the role cannot invoke one."""
    assert not [action for action in actions_of(API.name, "offline") if action.startswith("bedrock:")]


def test_only_the_gateway_reaches_the_lake() -> None:
    """Athena, Glue and S3 are in the gateway's role and in no other."""
    lake = ("athena:", "glue:", "s3:")
    assert {action for action in actions_of(GATEWAY.name) if action.startswith(lake)} == {
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
    assert not [action for action in actions_of(API.name) if action.startswith(lake)]


def test_the_gateway_writes_results_and_never_data() -> None:
    """What the gateway may put lies under the results' prefix only."""
    puts = [one for one in grants_of(GATEWAY.name, estate()) if "s3:PutObject" in one.actions]
    assert [one.resources for one in puts] == [("arn:aws:s3:::qm-data-dev-123456789012-us-east-1/results/*",)]


@pytest.mark.parametrize("function", [function.name for function in FUNCTIONS])
@pytest.mark.parametrize("model", [PROFILE, "anthropic.claude-x-v1:0", "offline"])
def test_no_grant_is_wide(function: str, model: str) -> None:
    """Intents differ, no action has a wildcard, no resource is everything, a wide ARN stands under a condition."""
    statements = grants_of(function, estate(model))
    assert len({statement.sid for statement in statements}) == len(statements)
    for statement in statements:
        assert not [action for action in statement.actions if "*" in action]
        assert "*" not in statement.resources
        wide = [arn for arn in statement.resources if ":key/*" in arn or "bedrock:*" in arn]
        assert not wide or statement.condition


def test_a_function_without_grants_is_a_mistake() -> None:
    """A new function must say what its role is for."""
    with pytest.raises(ValueError, match="unknown has no grants"):
        grants_of("unknown", estate())


def test_a_key_is_used_by_its_alias() -> None:
    """A key's ARN is not known before it exists; its alias is, and no other key has it."""
    statement = iam.uses_key(ARNS, "qm-data-dev")
    assert statement.condition == {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/qm-data-dev"}}


@pytest.mark.parametrize(
    ("model", "resources"),
    [
        ("anthropic.claude-x", ["arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-x"]),
        (
            "us.anthropic.claude-x",
            [
                "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-x",
                "arn:aws:bedrock:*::foundation-model/anthropic.claude-x",
            ],
        ),
    ],
)
def test_a_profile_names_itself_and_its_model(model: str, resources: list[str]) -> None:
    """An inference profile calls its model in regions of its choice, and the model may be called no other way."""
    statements = iam.invokes_model(ARNS, model)
    assert [arn for statement in statements for arn in statement.resources] == resources
    by_profile = [one.condition for one in statements if "bedrock:*" in one.resources[0]]
    assert by_profile == [{"StringEquals": {"bedrock:InferenceProfileArn": resources[0]}} for _ in by_profile]


def test_a_document_is_the_same_for_the_same_statements() -> None:
    """Order of actions and resources does not change the text, so it cannot show as a change."""
    one = iam.Statement(sid="A", actions=("b:B", "a:A"), resources=("y", "x"))
    other = iam.Statement(sid="A", actions=("a:A", "b:B"), resources=("x", "y"))
    assert iam.document([one]) == iam.document([other])


@pytest.mark.parametrize(
    ("region", "arn"),
    [
        ("eu-central-1", "arn:aws:s3:::b"),
        ("us-gov-west-1", "arn:aws-us-gov:s3:::b"),
        ("cn-north-1", "arn:aws-cn:s3:::b"),
        ("us-iso-east-1", "arn:aws-iso:s3:::b"),
        ("us-isob-east-1", "arn:aws-iso-b:s3:::b"),
    ],
)
def test_the_partition_follows_from_the_region(region: str, arn: str) -> None:
    """ARNs are right in government and China regions too."""
    assert Arns(region=region, account="123456789012").bucket("b") == arn

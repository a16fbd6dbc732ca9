"""Statements by intent: what each holds, under which condition, and as which text."""

from __future__ import annotations

import json

import pytest

from components import iam
from components.arns import Arns
from components.iam import functions as iam_functions
from components.iam import lake as iam_lake
from components.iam import models as iam_models
from components.iam import tables as iam_tables

ARNS = Arns(region="us-east-1", account="123456789012")
YOURS = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
PROFILE = "us.anthropic.claude-x"


def test_a_key_is_used_by_its_alias() -> None:
    """A key's ARN is not known before it exists; its alias is, and no other key has it."""
    statement = iam.uses_key(ARNS, "qm-data-dev")
    assert statement.resources == ("arn:aws:kms:us-east-1:123456789012:key/*",)
    assert statement.condition == {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/qm-data-dev"}}


def test_a_key_of_yours_is_used_by_its_arn() -> None:
    """It has no alias of ours, and one ARN however many purposes it serves."""
    statement = iam.uses_key(ARNS, YOURS, YOURS)
    assert statement.resources == (YOURS,)
    assert statement.condition == {}


@pytest.mark.parametrize("key", ["qm-data-dev", YOURS])
def test_a_key_may_be_used_through_named_services_only(key: str) -> None:
    """The role then decrypts what these services hold, and nothing that it came by elsewhere."""
    for statement in (iam.uses_key(ARNS, key, through=["s3", "lambda"]), iam.decrypts(ARNS, key, through=["s3"])):
        via = statement.condition["StringEquals"]["kms:ViaService"]
        assert set(via) <= {"lambda.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com"}


def test_who_decrypts_does_not_encrypt() -> None:
    """A role that only reads gets no data key."""
    assert iam.decrypts(ARNS, "qm-data-dev").actions == ("kms:Decrypt",)


def test_a_function_is_called_by_its_alias() -> None:
    """Neither the newest code nor an old version can be called, only what serves."""
    assert iam_functions.calls(ARNS, "qm-query-dev").resources == (
        "arn:aws:lambda:us-east-1:123456789012:function:qm-query-dev:live",
    )


def test_code_cannot_use_what_lambda_needs_for_the_network() -> None:
    """Every right over network interfaces is denied again where the request comes from the function itself."""
    *allowed, denied = iam_functions.joins_network(ARNS, "qm-api-dev")
    assert denied.denies
    assert denied.condition == {
        "ArnEquals": {"lambda:SourceFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:qm-api-dev"}
    }
    assert {action for one in allowed for action in one.actions} < set(denied.actions)
    everywhere = {action for one in allowed if "*" in one.resources for action in one.actions}
    assert everywhere == {"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"}


def test_reading_items_writes_none() -> None:
    """Of the two ways into a table, one has no action that writes; neither scans, updates or deletes."""
    reads, keeps = iam_tables.reads_items(ARNS, "t"), iam_tables.keeps_items(ARNS, "t")
    assert set(keeps.actions) - set(reads.actions) == {"dynamodb:PutItem"}
    assert set(reads.actions) == {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"}


@pytest.mark.parametrize(
    ("model", "resources"),
    [
        ("anthropic.claude-x", ["arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-x"]),
        (
            PROFILE,
            [
                f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{PROFILE}",
                "arn:aws:bedrock:*::foundation-model/anthropic.claude-x",
            ],
        ),
    ],
)
@pytest.mark.parametrize("guarded", [True, False])
def test_a_profile_names_itself_and_its_model(model: str, resources: list[str], guarded: bool) -> None:  # noqa: FBT001 - a case
    """An inference profile calls its model in regions of its choice, and the model may be called no other way."""
    statements = iam_models.invokes_model(ARNS, model, guarded=guarded)
    assert [arn for statement in statements for arn in statement.resources] == resources
    by_profile = [one.condition for one in statements if "bedrock:*" in one.resources[0]]
    expected = {"bedrock:InferenceProfileArn": resources[0]}
    assert [condition["StringEquals"] for condition in by_profile] == [expected for _ in by_profile]


@pytest.mark.parametrize("model", ["anthropic.claude-x", PROFILE])
def test_a_guarded_model_is_invoked_behind_a_guardrail_of_the_account(model: str) -> None:
    """No way to the model is without the condition, which any guardrail of the account meets, in any version."""
    pattern = {"bedrock:GuardrailIdentifier": "arn:aws:bedrock:us-east-1:123456789012:guardrail/*"}
    assert all(one.condition["StringLike"] == pattern for one in iam_models.invokes_model(ARNS, model, guarded=True))
    assert not any("StringLike" in one.condition for one in iam_models.invokes_model(ARNS, model, guarded=False))


def test_a_lake_of_yours_is_read_where_it_lies() -> None:
    """Objects and listings below the places that the stack file names; a whole bucket only where it names one."""
    finds, first, second, reads = iam_lake.reads_locations(
        ARNS, ["s3://acme-lake/erp/", "s3://acme-lake/wms/", "s3://acme-all/"]
    )
    assert finds.resources == ("arn:aws:s3:::acme-all", "arn:aws:s3:::acme-lake")
    assert (first.resources, first.condition) == (("arn:aws:s3:::acme-all",), {"StringLike": {"s3:prefix": ["*"]}})
    assert second.condition == {"StringLike": {"s3:prefix": ["erp/*", "wms/*"]}}
    assert reads.resources == (
        "arn:aws:s3:::acme-all/*",
        "arn:aws:s3:::acme-lake/erp/*",
        "arn:aws:s3:::acme-lake/wms/*",
    )
    assert reads.actions == ("s3:GetObject",)


def test_a_document_is_the_same_for_the_same_statements() -> None:
    """Order of actions and resources does not change the text, so it cannot show as a change."""
    one = iam.Statement(sid="A", actions=("b:B", "a:A"), resources=("y", "x"))
    other = iam.Statement(sid="A", actions=("a:A", "b:B"), resources=("x", "y"))
    assert iam.document([one]) == iam.document([other])


def test_a_statement_that_denies_says_so() -> None:
    """What is to be denied can never come out as allowed."""
    statement = iam.Statement(sid="A", actions=("a:A",), resources=("*",), denies=True)
    assert json.loads(iam.document([statement]))["Statement"][0]["Effect"] == "Deny"


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

"""Which VPC endpoints follow from what functions may do."""

from __future__ import annotations

import json

import pytest

from agents.contract import FUNCTIONS, TABLES
from components.arns import Arns
from components.grants import Estate, grants_of
from components.key_policies import AUDIT, DATA, DELEGATION, LOGS, MESSAGES
from components.naming import Names
from components.network.endpoints import endpoints

ARNS = Arns(region="eu-central-1", account="123456789012")
ESTATE = Estate(
    names=Names(prefix="qm", environment="dev", account=ARNS.account, region=ARNS.region),
    arns=ARNS,
    tables={table.name: table.name for table in TABLES},
    bucket="bucket",
    results_bucket="results",
    audit_bucket="audit",
    database="lake",
    workgroup="workgroup",
    keys={purpose: purpose for purpose in (AUDIT, DATA, DELEGATION, LOGS, MESSAGES)},
    model="eu.anthropic.claude-x",
    guarded=True,
)


@pytest.mark.must_have("network", "Endpoints are those of the services that functions call, and no others are paid for")
def test_the_functions_of_the_contract_need_these() -> None:
    """Every action that is granted for a function's code has a place, and no endpoint is paid for without a caller."""
    actions = {action for one in FUNCTIONS for statement in grants_of(one.name, ESTATE) for action in statement.actions}
    assert [(one.service, one.gateway) for one in endpoints(actions, interfaces=True)] == [
        ("athena", False),
        ("bedrock-runtime", False),
        ("dynamodb", True),
        ("kms", False),
        ("lambda", False),
        ("s3", True),
    ]


def test_only_services_in_use_get_an_endpoint() -> None:
    """One for each service, however many of its actions are granted, with exactly those."""
    actions = ("athena:StartQueryExecution", "bedrock:InvokeModel", "athena:GetQueryExecution", "s3:GetObject")
    assert [(one.service, one.actions) for one in endpoints(actions, interfaces=True)] == [
        ("athena", ("athena:GetQueryExecution", "athena:StartQueryExecution")),
        ("bedrock-runtime", ("bedrock:InvokeModel",)),
        ("s3", ("s3:GetObject",)),
    ]


def test_what_aws_does_outside_the_vpc_needs_none() -> None:
    """Lambda writes the log and delivers dead letters, services decrypt, Athena reads the catalogue."""
    outside = ("logs:PutLogEvents", "sqs:SendMessage", "kms:Decrypt", "glue:GetTable", "xray:PutTraceSegments")
    assert endpoints(outside, interfaces=True) == ()


def test_what_code_asks_of_kms_itself_needs_one() -> None:
    """Signatures and public keys; what services encrypt for it passes no endpoint."""
    (kms,) = endpoints(("kms:Decrypt", "kms:GenerateDataKey", "kms:GetPublicKey", "kms:Sign"), interfaces=True)
    assert (kms.service, kms.actions) == ("kms", ("kms:GetPublicKey", "kms:Sign"))


def test_without_interfaces_only_what_costs_nothing_is_left() -> None:
    """S3 and DynamoDB are entries of route tables; the rest has a price by the hour in each zone."""
    actions = ("dynamodb:GetItem", "lambda:InvokeFunction", "s3:PutObject")
    assert [one.service for one in endpoints(actions, interfaces=False)] == ["dynamodb", "s3"]


def test_a_service_without_a_place_is_refused() -> None:
    """A new grant makes somebody decide who calls the service, instead of leaving it to the NAT gateway."""
    with pytest.raises(ValueError, match=r"say in endpoints\.py who calls rds"):
        endpoints(("rds:Connect",), interfaces=False)


def test_data_cannot_be_copied_to_another_account() -> None:
    """Through S3 and DynamoDB only this account's roles reach only this account's data, by the granted actions."""
    (s3,) = endpoints(("s3:PutObject",), interfaces=False)
    (statement,) = json.loads(s3.policy(ARNS))["Statement"]
    assert statement["Action"] == ["s3:PutObject"]
    assert statement["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": ARNS.account, "aws:ResourceAccount": ARNS.account}
    }


def test_a_model_of_aws_itself_is_reached() -> None:
    """A foundation model is no resource of the account, so interfaces hold the caller's account only."""
    (bedrock,) = endpoints(("bedrock:InvokeModel",), interfaces=True)
    (statement,) = json.loads(bedrock.policy(ARNS))["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ARNS.account}}
    assert bedrock.service_name("us-gov-west-1") == "com.amazonaws.us-gov-west-1.bedrock-runtime"

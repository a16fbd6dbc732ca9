"""What each stack is made of, as registered with the engine: components, children, inputs, protection."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from agents.contract import FUNCTIONS, GROUPS, ROUTES, TABLES
from agents.data_schema import DATA_TABLES
from agents.errors import InvalidError
from components.api import SCOPES
from delivery.recorder import Recording, Registration, record
from delivery.sdk_types import unknown_properties
from delivery.stack_files import read_stack

if TYPE_CHECKING:
    from collections.abc import Callable

Recorded: TypeAlias = "Callable[[str], Recording]"
ROOT = Path(__file__).parents[2]
STACKS = ("dev", "staging", "prod", "local")
every_stack = pytest.mark.parametrize("stack", STACKS)
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # the engine's word for what only an update will know

CHILDREN = {
    "keys": {"aws:kms/key:Key": 2, "aws:kms/alias:Alias": 2},
    "data": {
        "aws:dynamodb/table:Table": len(TABLES),
        "aws:s3/bucket:Bucket": 1,
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": 1,
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls": 1,
        "aws:s3/bucketPolicy:BucketPolicy": 1,
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": 1,
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": 1,
        "aws:s3/bucketVersioning:BucketVersioning": 1,
    },
    "lake": {
        "aws:athena/workgroup:Workgroup": 1,
        "aws:glue/catalogDatabase:CatalogDatabase": 1,
        "aws:glue/catalogTable:CatalogTable": len(DATA_TABLES),
    },
    "identity": {
        "aws:cognito/userGroup:UserGroup": len(GROUPS),
        "aws:cognito/userPool:UserPool": 1,
        "aws:cognito/userPoolClient:UserPoolClient": 1,
    },
    "runtime": {
        "aws:cloudwatch/logGroup:LogGroup": len(FUNCTIONS),
        "aws:iam/role:Role": len(FUNCTIONS),
        "aws:iam/rolePolicy:RolePolicy": len(FUNCTIONS),
        "aws:lambda/function:Function": len(FUNCTIONS),
    },
    "api": {
        "aws:apigateway/authorizer:Authorizer": 1,
        "aws:apigateway/deployment:Deployment": 1,
        "aws:apigateway/integration:Integration": len(ROUTES),
        "aws:apigateway/method:Method": len(ROUTES),
        "aws:apigateway/methodSettings:MethodSettings": 1,
        "aws:apigateway/resource:Resource": 5,
        "aws:apigateway/restApi:RestApi": 1,
        "aws:apigateway/stage:Stage": 1,
        "aws:cloudwatch/logGroup:LogGroup": 1,
        "aws:lambda/permission:Permission": 1,
    },
}
STATEFUL = {
    "aws:kms/key:Key",
    "aws:kms/alias:Alias",
    "aws:dynamodb/table:Table",
    "aws:s3/bucket:Bucket",
    "aws:cognito/userPool:UserPool",
}


def named(recording: Recording, name: str) -> Registration:
    return next(one for one in recording.registrations if one.name == name)


def custom(recording: Recording) -> list[Registration]:
    return [one for one in recording.registrations if one.custom and not one.type.startswith("pulumi:")]


@every_stack
def test_each_component_has_exactly_its_children(recorded: Recorded, stack: str) -> None:
    """Kinds and counts are the same in each stack; only sizes differ."""
    recording = recorded(stack)
    for component, kinds in CHILDREN.items():
        parent = named(recording, component)
        assert Counter(one.type for one in recording.registrations if one.parent == parent.urn) == kinds
    assert len(custom(recording)) == sum(sum(kinds.values()) for kinds in CHILDREN.values())


@every_stack
def test_components_finish_and_children_carry_their_name(recorded: Recorded, stack: str) -> None:
    """A component registers its outputs, and its children's names begin with its own."""
    recording = recorded(stack)
    for component in CHILDREN:
        parent = named(recording, component)
        assert parent.urn in recording.completed
        children = [one.name for one in recording.registrations if one.parent == parent.urn]
        assert all(name.startswith(f"{component}-") for name in children)


@every_stack
def test_one_explicit_provider_serves_all(recorded: Recorded, stack: str) -> None:
    """Nothing is left to a default provider, which the stacks switch off."""
    recording = recorded(stack)
    (provider,) = recording.of_type("pulumi:providers:aws")
    assert {one.provider for one in custom(recording)} == {provider.urn}


@every_stack
def test_properties_exist_in_the_sdk(recorded: Recorded, stack: str) -> None:
    """Mocks take any property; the SDK's own classes say which there are."""
    strangers = {one.name: list(unknown_properties(one.type, one.values)) for one in custom(recorded(stack))}
    assert {name: properties for name, properties in strangers.items() if properties} == {}


@every_stack
def test_everything_that_takes_tags_has_the_five(recorded: Recorded, stack: str) -> None:
    """Project, Environment, ManagedBy, CostCenter and Owner come from the provider."""
    recording = recorded(stack)
    tagged = [one.values["tagsAll"] for one in custom(recording) if "tagsAll" in one.values]
    assert tagged
    for tags in tagged:
        assert isinstance(tags, dict)
        assert {"Project", "ManagedBy", "CostCenter", "Owner"} <= set(tags)
        assert tags["Environment"] == stack


@every_stack
def test_functions_get_exactly_the_variables_they_read(recorded: Recorded, stack: str) -> None:
    """The contract names the variables of each function; no other is set and none is missing."""
    for function in FUNCTIONS:
        environment = named(recorded(stack), f"runtime-{function.name}").values["environment"]
        assert isinstance(environment, dict)
        assert set(environment["variables"]) == set(function.environment)


@pytest.mark.parametrize(
    ("stack", "architecture", "memory_mb"),
    [("dev", "arm64", 512), ("staging", "arm64", 1024), ("prod", "arm64", 1024), ("local", "x86_64", 512)],
)
def test_functions_are_sized_by_the_stack_file(
    recorded: Recorded, stack: str, architecture: str, memory_mb: int
) -> None:
    """Memory and processor are the file's; the gateway ends before the API, which ends before API Gateway."""
    api, gateway = (named(recorded(stack), f"runtime-{name}").values for name in ("api", "gateway"))
    assert (api["architectures"], api["memorySize"]) == ([architecture], memory_mb)
    assert (gateway["timeout"], api["timeout"]) == (25, 28)


@pytest.mark.parametrize(("stack", "days"), [("dev", 7), ("staging", 14), ("prod", 30)])
def test_every_log_group_is_kept_as_long_as_the_file_says(recorded: Recorded, stack: str, days: int) -> None:
    """No log group keeps its lines for ever, and each is encrypted with our key."""
    groups = recorded(stack).of_type("aws:cloudwatch/logGroup:LogGroup")
    assert [one.values["retentionInDays"] for one in groups] == [days] * 3
    assert all(one.values["kmsKeyId"] for one in groups)


@every_stack
def test_production_keeps_what_has_state(recorded: Recorded, stack: str) -> None:
    """In prod stateful resources are protected and stay; elsewhere a stack can be taken down."""
    stateful = [one for one in custom(recorded(stack)) if one.type in STATEFUL]
    assert {(one.protect, one.retain) for one in stateful} == {(stack == "prod", stack == "prod")}


@every_stack
def test_tables_are_recoverable_and_encrypted(recorded: Recorded, stack: str) -> None:
    """Each table of the contract: its keys, point-in-time recovery, our key, TTL where items expire."""
    for table in TABLES:
        values = named(recorded(stack), f"data-{table.name}").values
        assert (values["hashKey"], values["rangeKey"]) == (table.partition_key, table.sort_key)
        assert values["billingMode"] == "PAY_PER_REQUEST"
        assert values["pointInTimeRecovery"] == {"enabled": True}
        assert values["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": UNKNOWN}
        assert values["deletionProtectionEnabled"] == (stack == "prod")
        expires = {"attributeName": table.expires, "enabled": True} if table.expires else None
        assert values.get("ttl") == expires


@every_stack
def test_lake_tables_follow_the_data_schema(recorded: Recorded, stack: str) -> None:
    """Columns, types and places of the Glue tables are those of the schema, over Parquet."""
    recording = recorded(stack)
    bucket = named(recording, "data-bucket").values["bucket"]
    tables = {one.values["name"]: one.values for one in recording.of_type("aws:glue/catalogTable:CatalogTable")}
    for table in DATA_TABLES:
        storage = tables[table.name]["storageDescriptor"]
        assert isinstance(storage, dict)
        assert [(column["name"], column["type"]) for column in storage["columns"]] == [
            (column.name, column.type) for column in table.columns
        ]
        assert storage["location"] == f"s3://{bucket}/lake/{table.name}/"


def test_a_query_cannot_leave_its_workgroup(recorded: Recorded) -> None:
    """Place and encryption of results, and the most a query may read, are the workgroup's to say."""
    configuration = named(recorded("prod"), "lake-workgroup").values["configuration"]
    assert isinstance(configuration, dict)
    assert configuration["enforceWorkgroupConfiguration"] is True
    assert configuration["bytesScannedCutoffPerQuery"] == 1024**3
    assert configuration["resultConfiguration"]["encryptionConfiguration"]["encryptionOption"] == "SSE_KMS"


@every_stack
def test_every_route_asks_for_an_access_token(recorded: Recorded, stack: str) -> None:
    """Each method has the Cognito authoriser and a scope: without one it would take identity tokens."""
    methods = recorded(stack).of_type("aws:apigateway/method:Method")
    assert len(methods) == len(ROUTES)
    for one in methods:
        assert one.values["authorization"] == "COGNITO_USER_POOLS"
        assert one.values["authorizationScopes"] == list(SCOPES)
        assert one.values["authorizerId"] == UNKNOWN


def test_users_are_made_by_administrators(recorded: Recorded) -> None:
    """Nobody signs up by himself; in prod everybody has a second factor."""
    pools = {stack: named(recorded(stack), "identity-pool").values for stack in STACKS}
    assert all(pool["adminCreateUserConfig"] == {"allowAdminCreateUserOnly": True} for pool in pools.values())
    assert {stack: pool["mfaConfiguration"] for stack, pool in pools.items()} == {
        "dev": "OPTIONAL",
        "staging": "OPTIONAL",
        "prod": "ON",
        "local": "OPTIONAL",
    }


@every_stack
def test_every_document_is_readable_before_anything_exists(recorded: Recorded, stack: str) -> None:
    """Roles, keys and the bucket have complete documents in a plan, and none allows a wildcard action."""
    recording = recorded(stack)
    kinds = ("aws:iam/rolePolicy:RolePolicy", "aws:kms/key:Key", "aws:s3/bucketPolicy:BucketPolicy")
    documents = [json.loads(str(one.values["policy"])) for kind in kinds for one in recording.of_type(kind)]
    assert len(documents) == 5
    for statement in (statement for document in documents for statement in document["Statement"]):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert statement["Effect"] == "Deny" or not [action for action in actions if "*" in action]


def test_the_emulator_is_reached_by_path_and_only_under_its_account(recorded: Recorded) -> None:
    """The provider's emulator settings are the local stack's alone, and its account is no real one."""
    providers = {stack: recorded(stack).of_type("pulumi:providers:aws")[0].values for stack in STACKS}
    assert {stack: values.get("s3UsePathStyle") for stack, values in providers.items()} == {
        "dev": None,
        "staging": None,
        "prod": None,
        "local": "true",
    }
    assert {stack: values["skipCredentialsValidation"] for stack, values in providers.items()} == {
        "dev": "false",
        "staging": "false",
        "prod": "false",
        "local": "true",
    }
    assert json.loads(str(providers["local"]["allowedAccountIds"])) == ["000000000000"]


@pytest.mark.parametrize(
    ("region", "partition", "model"),
    [
        ("us-east-1", "aws", "us.anthropic.claude-x"),
        ("eu-central-1", "aws", "eu.anthropic.claude-x"),
        ("ap-southeast-2", "aws", "apac.anthropic.claude-x"),
        ("us-gov-west-1", "aws-us-gov", "us-gov.anthropic.claude-x"),
    ],
)
@pytest.mark.parametrize("account", ["111111111111", "222222222222"])
def test_other_regions_and_accounts_need_no_code(region: str, partition: str, model: str, account: str) -> None:
    """Another region or account changes names and ARNs, and nothing else."""
    stack = read_stack(ROOT, "prod")
    environment = json.dumps({"name": "prod", "account": account, "region": region})
    runtime = json.dumps({"model": model})
    config = {**stack.config, "quartermaster:environment": environment, "quartermaster:runtime": runtime}
    recording = record(ROOT, replace(stack, config=config))
    assert named(recording, "data-bucket").values["bucket"] == f"qm-data-prod-{account}-{region}"
    policy = str(named(recording, "runtime-api-policy").values["policy"])
    assert f"arn:{partition}:lambda:{region}:{account}:function:qm-gateway-prod" in policy
    assert f"arn:{partition}:bedrock:{region}:{account}:inference-profile/{model}" in policy


def test_a_wrong_stack_file_registers_nothing() -> None:
    """The program ends with the settings' own words before its first resource."""
    stack = read_stack(ROOT, "dev")
    config = {**stack.config, "quartermaster:api": json.dumps({"throttle": 0, "burts": 1})}
    with pytest.raises(InvalidError) as refused:
        record(ROOT, replace(stack, config=config))
    assert "api.throttle: 0 is too small; write 1 to 10000" in str(refused.value)
    assert "api.burts: is not a setting; did you mean burst?" in str(refused.value)


def test_a_secret_in_the_settings_is_refused() -> None:
    """Everybody may read settings, so a section that was set as a secret is a mistake."""
    stack = read_stack(ROOT, "dev")
    with pytest.raises(InvalidError, match="quartermaster:api: holds a secret"):
        record(ROOT, replace(stack, secret_keys=("quartermaster:api",)))

"""What each stack is made of, as registered with the engine: components, children, inputs, protection."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from agents.contract import FUNCTIONS, ROUTE_SCOPES, ROUTES, TABLES, Env
from agents.errors import InvalidError
from delivery.defects import defects
from delivery.recorder import Recording, Registration, record
from delivery.stack_files import read_stack

if TYPE_CHECKING:
    from collections.abc import Callable

Recorded: TypeAlias = "Callable[[str], Recording]"
ROOT = Path(__file__).parents[2]
STACKS = ("dev", "staging", "prod", "local")
every_stack = pytest.mark.parametrize("stack", STACKS)
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # the engine's word for what only an update will know

EVERYWHERE = {"keys", "data", "lake", "identity", "runtime", "secrets", "api", "monitoring", "outputs"}
COMPONENTS = {
    "local": EVERYWHERE,
    "dev": EVERYWHERE | {"guardrail", "backup", "budget"},
    "staging": EVERYWHERE | {"guardrail", "backup", "budget", "network", "edge", "trail"},
    "prod": EVERYWHERE | {"guardrail", "backup", "budget", "network", "edge", "trail"},
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
def test_a_stack_has_the_components_of_its_size(recorded: Recorded, stack: str) -> None:
    """What is switched off is not there at all; each component's own tests hold what it is made of."""
    recording = recorded(stack)
    found = {one.name for one in recording.registrations if one.type.startswith("quartermaster:")}
    assert found == COMPONENTS[stack]


@every_stack
def test_the_program_is_without_defects(stack: str) -> None:
    """Parents, outputs, providers, properties and their types, and nothing made inside a callback."""
    assert defects(record(ROOT, read_stack(ROOT, stack), twice=True)) == ()


def test_production_has_every_layer(recorded: Recorded) -> None:
    """Network, security, data, application, monitoring and backup together are at least 150 resources."""
    assert len(custom(recorded("prod"))) >= 150


@every_stack
def test_one_explicit_provider_serves_a_region(recorded: Recorded, stack: str) -> None:
    """Nothing is left to a default provider, which the stacks switch off; only backups go to a second region."""
    recording = recorded(stack)
    providers = {one.urn: one.name for one in recording.of_type("pulumi:providers:aws")}
    assert set(providers.values()) == ({"aws", "aws-copy"} if stack == "prod" else {"aws"})
    elsewhere = {one.name for one in custom(recording) if providers[one.provider] == "aws-copy"}
    assert all(name.startswith("backup-copy") for name in elsewhere)
    assert bool(elsewhere) == (stack == "prod")


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
def test_functions_are_sized_by_the_stack(recorded: Recorded, stack: str, architecture: str, memory_mb: int) -> None:
    """Memory and processor are the stack's; each function ends before the one that calls it."""
    api, tool, gateway = (named(recorded(stack), f"runtime-{name}").values for name in ("api", "query", "gateway"))
    assert (api["architectures"], api["memorySize"]) == ([architecture], memory_mb)
    assert (gateway["timeout"], tool["timeout"], api["timeout"]) == (22, 25, 28)


@pytest.mark.parametrize(("stack", "days"), [("dev", 7), ("staging", 14), ("prod", 30)])
def test_every_log_group_is_kept_as_long_as_the_file_says(recorded: Recorded, stack: str, days: int) -> None:
    """No log group keeps its lines for ever, and each is encrypted with our key."""
    groups = recorded(stack).of_type("aws:cloudwatch/logGroup:LogGroup")
    assert len(groups) > len(FUNCTIONS)
    assert {one.values["retentionInDays"] for one in groups} == {days}
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
def test_every_route_asks_for_an_access_token(recorded: Recorded, stack: str) -> None:
    """Each method has the authoriser, which is asked anew for each request."""
    methods = recorded(stack).of_type("aws:apigateway/method:Method")
    assert len(methods) == len(ROUTES)
    for one in methods:
        assert one.values["authorization"] == "CUSTOM"
        assert one.values["authorizerId"] == UNKNOWN
    assert named(recorded(stack), "api-authoriser").values["authorizerResultTtlInSeconds"] == 0


def test_a_page_that_signs_in_by_browser_can_call_every_route() -> None:
    """What its client may ask the sign-in for is what the authoriser looks for; it is told where people sign in."""
    stack = read_stack(ROOT, "dev")
    callback = "https://planning.example.com/signed-in"
    config = {**stack.config, "quartermaster:api": json.dumps({"callbacks": [callback]})}
    recording = record(ROOT, replace(stack, config=config))
    client = named(recording, "identity-client").values
    assert client["callbackUrls"] == [callback]
    asked = client["allowedOauthScopes"]
    assert isinstance(asked, list)
    server = named(recording, "identity-scopes").values
    defined = {f"{server['identifier']}/{scope['scopeName']}" for scope in server["scopes"]}  # type: ignore[attr-defined]  # plain data
    assert set(asked) == {"openid", *defined}
    environment = named(recording, "runtime-authoriser").values["environment"]
    assert isinstance(environment, dict)
    prefix = environment["variables"][Env.SCOPE_PREFIX]
    assert {f"{prefix}/{scope}" for scope in ROUTE_SCOPES.values()} == defined
    assert defects(recording) == ()
    sign_in = next(one for one in recording.registrations if one.name == "outputs-sign-in-url")
    assert str(sign_in.values["insecureValue"]).startswith("https://qm-signin-dev-")


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
    assert len(documents) > len(FUNCTIONS)
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
    config = {**stack.config, "quartermaster:api": json.dumps({"throttle": 20})}
    with pytest.raises(InvalidError, match="quartermaster:api: holds a secret"):
        record(ROOT, replace(stack, config=config, secret_keys=("quartermaster:api",)))


def test_a_refusal_leaves_nothing_to_the_next_recording() -> None:
    """A program that ends early leaves calls of the SDK behind; none of them reaches the next run."""
    stack = read_stack(ROOT, "dev")
    before = record(ROOT, stack)
    for config in ({"quartermaster:api": json.dumps({"throttle": 0})}, {"quartermaster:networking": "[]"}):
        with pytest.raises(InvalidError):
            record(ROOT, replace(stack, config={**stack.config, **config}))
    with pytest.raises(InvalidError):
        record(ROOT, replace(stack, secret_keys=("quartermaster:runtime",)))
    assert record(ROOT, stack) == before

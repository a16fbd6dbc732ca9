"""The functions, each as it runs in each size of stack: role, log, time, memory, alias, and what goes wrong."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from agents.contract import API, AUTHORISER, FUNCTIONS, GATEWAY, TOOL_FUNCTIONS, WORKER, Env, Function
from components.functions import environment_of, memory_mb, named_functions, timeouts

if TYPE_CHECKING:
    from collections.abc import Callable

    from delivery.recorder import Recording, Registration

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
FUNCTION = "aws:lambda/function:Function"
ALIAS = "aws:lambda/alias:Alias"
EVENTS = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
WARM = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/rolePolicy:RolePolicy"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
QUEUE = "aws:sqs/queue:Queue"
SCHEDULE = "aws:scheduler/schedule:Schedule"
COUNTS = {
    FUNCTION: 7,
    ALIAS: 7,
    LOGS: 7,
    ROLE: 8,  # the scheduler has one too
    POLICY: 8,
    EVENTS: 1,
    QUEUE: 1,
    "aws:sqs/queuePolicy:QueuePolicy": 1,
    SCHEDULE: 1,
    "aws:scheduler/scheduleGroup:ScheduleGroup": 1,
}
PROGRAM = """
from agents.contract import FUNCTIONS
from components.grants import Estate
from components.runtime import AgentRuntime, AgentRuntimeArgs, FunctionNetwork
from components.sections import LambdaResources

estate = Estate(
    names=names,
    arns=arns,
    tables={{"configuration": "c", "conversation": "d", "audit": "e"}},
    bucket="b",
    results_bucket="results",
    audit_bucket="audit",
    database="d",
    workgroup="w",
    keys={{one: f"qm-{{one}}" for one in ("audit", "data", "delegation", "logs", "messages")}},
    model="us.anthropic.claude-x",
    guarded=True,
)
runtime = AgentRuntime(
    "runtime",
    AgentRuntimeArgs(
        estate=estate,
        packages={{function.name: pulumi.AssetArchive({{}}) for function in FUNCTIONS}},
        values={{name: name.lower() for function in FUNCTIONS for name in function.environment}},
        python="3.13",
        size=LambdaResources({size}),
        reserved_concurrency={reserved},
        provisioned_concurrency={warm},
        retention_days=14,
        data_key="arn:data",
        logs_key="arn:logs",
        messages_key="arn:messages",
        tracing={tracing},
        boundary="{boundary}",
        network={network},
    ),
    opts,
)
pulumi.export("name", runtime.api_name)
"""
NETWORK = 'FunctionNetwork(subnet_ids=["subnet-1", "subnet-2"], security_group_id="sg-1", default_group_id="sg-0")'
DEV = {"size": "", "reserved": None, "warm": None, "tracing": True, "boundary": "", "network": None}
STAGING = DEV | {"size": "memory_mb=1024", "reserved": 50, "network": NETWORK}
PROD = STAGING | {"reserved": 100, "warm": 2}
LOCAL = DEV | {"tracing": False}
SIZES = {"dev": DEV, "staging": STAGING, "prod": PROD, "local": LOCAL}
every_size = pytest.mark.parametrize("stack", SIZES)


@pytest.fixture
def runtime(program: Callable[..., Recording]) -> Callable[..., Recording]:
    def recorded(stack: str = "dev", **other: object) -> Recording:
        return program(PROGRAM.format(**SIZES[stack] | other), stack)

    return recorded


def named(recording: Recording, name: str) -> Registration:
    return next(one for one in recording.registrations if one.name == name)


def functions(recording: Recording) -> dict[str, dict[str, object]]:
    return {one.name.removeprefix("runtime-"): dict(one.values) for one in recording.of_type(FUNCTION)}


def statements(recording: Recording, role: str) -> dict[str, dict[str, object]]:
    text = named(recording, f"runtime-{role}-policy").values["policy"]
    assert isinstance(text, str)
    return {one["Sid"]: one for one in json.loads(text)["Statement"]}


@every_size
def test_each_size_has_exactly_these_resources(runtime: Callable[..., Recording], stack: str) -> None:
    """All of them children of the component, which registers its outputs."""
    recording = runtime(stack)
    component = next(one for one in recording.registrations if one.type.endswith(":AgentRuntime"))
    kinds = Counter(one.type for one in recording.registrations if one.parent == component.urn)
    assert kinds == COUNTS | ({WARM: 2} if stack == "prod" else {})
    assert component.urn in recording.completed


@pytest.mark.must_have("runtime", "Each function has a role, a log group and a package of its own")
@every_size
def test_nothing_is_shared_between_functions(runtime: Callable[..., Recording], stack: str) -> None:
    """Role and log group are named after the function, and the function waits for both."""
    recording = runtime(stack)
    made = recording.of_type(FUNCTION)
    assert {one.name for one in made} == {f"runtime-{function.name}" for function in FUNCTIONS}
    for one in made:
        (role,) = one.property_dependencies["role"]
        assert role == named(recording, f"{one.name}-role").urn
        logs = named(recording, f"{one.name}-logs")
        assert logs.values["name"] == f"/aws/lambda/{one.values['name']}"
        assert one.values["loggingConfig"] == {"logFormat": "JSON", "logGroup": logs.values["name"]}
        assert {logs.urn, named(recording, f"{one.name}-policy").urn} <= set(one.dependencies)


@pytest.mark.must_have("runtime", "Log groups are encrypted and end, variables are encrypted with our key")
def test_logs_and_variables_are_encrypted(runtime: Callable[..., Recording]) -> None:
    """With the keys that the stack has for logs and for data."""
    recording = runtime()
    for logs in recording.of_type(LOGS):
        assert (logs.values["kmsKeyId"], logs.values["retentionInDays"]) == ("arn:logs", 14)
    assert all(values["kmsKeyArn"] == "arn:data" for values in functions(recording).values())


@pytest.mark.must_have("runtime", "Everybody is called by an alias, which names a published version")
@every_size
def test_a_published_version_serves(runtime: Callable[..., Recording], stack: str) -> None:
    """Code that is uploaded and not published is called by nobody."""
    recording = runtime(stack)
    assert all(values["publish"] is True for values in functions(recording).values())
    for alias in recording.of_type(ALIAS):
        function = named(recording, alias.name.removesuffix("-live"))
        assert (alias.values["name"], alias.values["functionName"]) == ("live", function.values["name"])
        assert alias.values["functionVersion"] == UNKNOWN
        assert alias.property_dependencies["functionVersion"] == (function.urn,)


@pytest.mark.must_have("runtime", "Every caller outlives whom it calls")
@pytest.mark.parametrize("timeout_s", [10, 28])
def test_every_caller_outlives_whom_it_calls(timeout_s: int) -> None:
    """Along every call of the contract, with time left to say what went wrong; the API has what the settings say."""
    seconds = timeouts(timeout_s)
    assert seconds[API.name] == timeout_s
    for function in FUNCTIONS:
        assert all(seconds[function.name] - seconds[called] >= 3 for called in function.calls)
    assert seconds[GATEWAY.name] == timeout_s - 6
    assert seconds[AUTHORISER.name] == 10  # of the 30 that API Gateway waits for it


def test_a_chain_of_calls_that_is_too_long_is_refused() -> None:
    """Rather than a function that ends before it begins."""
    chain = [
        Function(name=str(one), handler="h", environment=(), calls=(str(one + 1),) if one < 5 else ())
        for one in range(6)
    ]
    with pytest.raises(ValueError, match="10 s for an answer leave no time to"):
        timeouts(10, chain)


def test_memory_is_for_those_that_somebody_waits_for() -> None:
    """What runs behind is small, whatever the stack's size."""
    assert {name: memory_mb(name, 1024) for name in (API.name, GATEWAY.name, WORKER.name)} == {
        "api": 1024,
        "gateway": 1024,
        "worker": 256,
    }


@pytest.mark.must_have("runtime", "A function is told exactly the variables that it reads")
def test_the_environment_is_the_contracts(runtime: Callable[..., Recording]) -> None:
    """Every variable of the contract, no other; callers know functions by alias, and functions themselves by name."""
    recorded = functions(runtime())
    for function in FUNCTIONS:
        environment = recorded[function.name]["environment"]
        assert isinstance(environment, dict)
        assert set(environment["variables"]) == set(function.environment)
    api, query = (recorded[name]["environment"]["variables"] for name in ("api", "query"))
    assert {api[variable] for variable in TOOL_FUNCTIONS} == {
        "qm-inventory-dev:live",
        "qm-purchasing-dev:live",
        "qm-query-dev:live",
    }
    assert query[Env.GATEWAY_FUNCTION] == "qm-gateway-dev:live"
    assert query[Env.FUNCTION] == "query"


def test_a_variable_without_a_value_is_a_mistake() -> None:
    """A function would otherwise find out when it first runs."""
    with pytest.raises(KeyError, match=Env.ENVIRONMENT):
        environment_of(WORKER, named_functions(WORKER, {function.name: "x" for function in FUNCTIONS}))


def test_a_plan_knows_every_variable_of_the_worker(recorded: Callable[[str], Recording]) -> None:
    """By its namespace of metrics a preview judges alarms and dashboards; the engine forgets it beside an unknown."""
    environment = named(recorded("prod"), "runtime-worker").values["environment"]
    assert isinstance(environment, dict)
    assert environment["variables"][Env.AUDIT_KEY] == "arn:aws:kms:us-east-1:000000000000:alias/qm-audit-prod"
    assert UNKNOWN not in environment["variables"].values()


@pytest.mark.must_have(
    "runtime", "Executions are reserved for authoriser, API and gateway, and kept warm for the first two, by size only"
)
@every_size
def test_concurrency_follows_the_size(runtime: Callable[..., Recording], stack: str) -> None:
    """Nothing is reserved or kept warm unless the stack says so, which it does once the account's quota is known."""
    recording = runtime(stack)
    reserved = {name: values.get("reservedConcurrentExecutions") for name, values in functions(recording).items()}
    size = {"staging": 50, "prod": 100}.get(stack)
    assert reserved == {one.name: size if one in {AUTHORISER, API, GATEWAY} else None for one in FUNCTIONS}
    warm = [(one.values["qualifier"], one.values["functionName"]) for one in recording.of_type(WARM)]
    both = [("live", "qm-api-prod"), ("live", "qm-authoriser-prod")]
    assert sorted(warm) == (both if stack == "prod" else [])


@pytest.mark.must_have("runtime", "Traces are sent where the stack has tracing, and may be by no other role")
@pytest.mark.parametrize(("tracing", "mode"), [(True, "Active"), (False, "PassThrough")])
def test_tracing_is_a_switch(runtime: Callable[..., Recording], tracing: bool, mode: str) -> None:  # noqa: FBT001 - a case
    """The mode of every function, and the right to send in every role."""
    recording = runtime(tracing=tracing)
    assert all(values["tracingConfig"] == {"mode": mode} for values in functions(recording).values())
    assert all(("Traces" in statements(recording, function.name)) == tracing for function in FUNCTIONS)


@pytest.mark.must_have("runtime", "In a VPC, Lambda may make network interfaces and the function's code may not")
def test_a_network_is_joined_by_lambda_and_not_by_code(runtime: Callable[..., Recording]) -> None:
    """Subnets and group are the ones given; outside of a VPC no role has any of these rights."""
    inside, outside = runtime("staging"), runtime("dev")
    for values in functions(inside).values():
        assert values["vpcConfig"] == {"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]}
    assert all("vpcConfig" not in values for values in functions(outside).values())
    for function in FUNCTIONS:
        denied = statements(inside, function.name)["CodeLeavesNetworkAlone"]
        assert denied["Effect"] == "Deny"
        assert str(denied["Condition"]).endswith(f":function:qm-{function.name}-staging'}}}}")
        assert "CodeLeavesNetworkAlone" not in statements(outside, function.name)


@pytest.mark.must_have("runtime", "A function that goes lets go of its security group, so that the network can go too")
def test_functions_leave_their_network(runtime: Callable[..., Recording]) -> None:
    """Its interfaces outlive it by up to 20 minutes, and no group that one has can be deleted."""
    for values in functions(runtime("staging")).values():
        assert (values["replaceSecurityGroupsOnDestroy"], values["replacementSecurityGroupIds"]) == (True, ["sg-0"])
    theirs = runtime("staging", network='FunctionNetwork(subnet_ids=["subnet-1"], security_group_id="sg-1")')
    for values in functions(theirs).values():
        assert values["replaceSecurityGroupsOnDestroy"] is True
        assert "replacementSecurityGroupIds" not in values
    assert all("replaceSecurityGroupsOnDestroy" not in values for values in functions(runtime("dev")).values())


@pytest.mark.must_have("runtime", "What nobody could handle is kept for 14 days, encrypted, and reached over TLS only")
def test_failures_are_kept(runtime: Callable[..., Recording]) -> None:
    """One queue, with the key for messages; its policy refuses plain HTTP."""
    recording = runtime()
    queue = named(recording, "runtime-failures")
    assert queue.values["kmsMasterKeyId"] == "arn:messages"
    assert queue.values["messageRetentionSeconds"] == 14 * 24 * 3600
    policy = named(recording, "runtime-failures-tls").values["policy"]
    (rule,) = json.loads(str(policy))["Statement"]
    assert (rule["Effect"], rule["Resource"]) == ("Deny", ["arn:aws:sqs:us-east-1:123456789012:qm-failures-dev"])
    assert rule["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.must_have("runtime", "An event that the worker fails on ends in the queue, and is not tried for ever")
def test_events_end(runtime: Callable[..., Recording]) -> None:
    """Only the worker is invoked by events; whoever calls another function waits for its answer."""
    recording = runtime()
    (events,) = recording.of_type(EVENTS)
    assert (events.values["functionName"], events.values["qualifier"]) == ("qm-worker-dev", "live")
    assert (events.values["maximumEventAgeInSeconds"], events.values["maximumRetryAttempts"]) == (300, 2)
    queue = named(recording, "runtime-failures").urn
    assert queue in events.property_dependencies["destinationConfig"]
    senders = {function.name for function in FUNCTIONS if "SendsFailures" in statements(recording, function.name)}
    assert senders == {WORKER.name}


@pytest.mark.must_have("runtime", "The worker runs by a schedule whose role may call nobody else")
def test_the_worker_has_a_schedule(runtime: Callable[..., Recording]) -> None:
    """In a group of its own, which alone the role trusts the scheduler for; what it cannot call, it reports."""
    recording = runtime()
    (schedule,) = recording.of_type(SCHEDULE)
    assert schedule.values["flexibleTimeWindow"] == {"mode": "OFF"}
    target = schedule.values["target"]
    assert isinstance(target, dict)
    assert target["retryPolicy"] == {"maximumEventAgeInSeconds": 300, "maximumRetryAttempts": 2}
    depends = set(schedule.property_dependencies["target"])
    wanted = ("runtime-worker-live", "runtime-schedule-role", "runtime-failures")
    assert {named(recording, name).urn for name in wanted} <= depends
    trust = json.loads(str(named(recording, "runtime-schedule-role").values["assumeRolePolicy"]))["Statement"][0]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"]["ArnLike"] == {
        "aws:SourceArn": "arn:aws:scheduler:us-east-1:123456789012:schedule-group/qm-runtime-dev"
    }
    assert statements(recording, "schedule")["Calls"]["Resource"] == [
        "arn:aws:lambda:us-east-1:123456789012:function:qm-worker-dev:live"
    ]


@pytest.mark.must_have("runtime", "A permissions boundary, where the account asks for one, is on every role")
def test_every_role_is_bounded(runtime: Callable[..., Recording]) -> None:
    """The scheduler's too, and no role has a managed policy."""
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    roles = runtime(boundary=boundary).of_type(ROLE)
    assert {one.values.get("permissionsBoundary") for one in roles} == {boundary}
    assert not [one for one in roles if "managedPolicyArns" in one.values]

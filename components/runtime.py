"""What runs: a Lambda function for each of the contract's, each with a role and a log group of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from agents.contract import ALIAS, API, AUTHORISER, FUNCTIONS, WORKER

from . import functions
from .grants import grants_of, hosting_of
from .roles import RoleArgs, make_role
from .schedule import LATE_S, RETRIES, ScheduleArgs, make_failures, make_schedule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agents.contract import Function

    from .grants import Estate
    from .sections import LambdaResources


@dataclass(frozen=True, kw_only=True)
class FunctionNetwork:
    """Where in a VPC the functions run."""

    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    security_group_id: pulumi.Input[str]
    default_group_id: pulumi.Input[str] | None = None  # of the VPC; None: the provider finds it


@dataclass(frozen=True, kw_only=True)
class AgentRuntimeArgs:
    estate: Estate
    packages: Mapping[str, pulumi.Archive]  # logical name of a function -> its zip
    values: Mapping[str, pulumi.Input[str]]  # of the contract's variables; those that name functions are ours
    python: str
    size: LambdaResources
    reserved_concurrency: int | None  # of each function that all answers go through
    provisioned_concurrency: int | None = None  # executions kept warm of each that a caller waits for first
    retention_days: int
    data_key: pulumi.Input[str]  # ARN; encrypts variables
    logs_key: pulumi.Input[str]  # ARN
    messages_key: pulumi.Input[str]  # ARN; encrypts what nobody could handle
    tracing: bool
    boundary: str  # ARN of the permissions boundary; empty: none
    network: FunctionNetwork | None = None  # None: outside of any VPC


@dataclass(frozen=True, kw_only=True)
class Built:
    """A function and the alias by which it is called."""

    function: aws.lambda_.Function
    alias: aws.lambda_.Alias


class AgentRuntime(pulumi.ComponentResource):
    """Authoriser, API, SQL gateway, tool groups and worker. Each may do what its code needs, called by its alias."""

    functions: Mapping[str, str]  # logical -> physical name
    alias: str  # the qualifier of every call
    api_name: pulumi.Output[str]  # known once the function is there to be called
    api_invoke_arn: pulumi.Output[str]  # of the alias, for API Gateway
    authoriser_name: pulumi.Output[str]  # the same of the authoriser
    authoriser_invoke_arn: pulumi.Output[str]
    failures: str  # name of the queue of what nobody could handle

    def __init__(self, name: str, args: AgentRuntimeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:runtime:AgentRuntime", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.functions = args.estate.functions
        self.failures = args.estate.failures
        self.alias = ALIAS
        queue = make_failures(f"{name}-failures", args.estate, args.messages_key, child)
        built = {function.name: self._function(name, args, function) for function in FUNCTIONS}
        for one in functions.ASYNCHRONOUS:
            aws.lambda_.FunctionEventInvokeConfig(
                f"{name}-{one}-events",
                function_name=built[one].function.name,
                qualifier=built[one].alias.name,
                maximum_event_age_in_seconds=LATE_S,
                maximum_retry_attempts=RETRIES,
                destination_config={"on_failure": {"destination": queue.arn}},
                opts=child,
            )
        make_schedule(
            f"{name}-schedule",
            ScheduleArgs(
                estate=args.estate,
                function=WORKER.name,
                target=built[WORKER.name].alias.arn,
                failures=queue.arn,
                boundary=args.boundary,
            ),
            child,
        )
        for one in functions.WARM if args.provisioned_concurrency else ():
            aws.lambda_.ProvisionedConcurrencyConfig(
                f"{name}-{one}-warm",
                function_name=built[one].function.name,
                qualifier=built[one].alias.name,
                provisioned_concurrent_executions=args.provisioned_concurrency,
                opts=child,
            )
        self.api_name = built[API.name].function.name
        self.api_invoke_arn = built[API.name].alias.invoke_arn
        self.authoriser_name = built[AUTHORISER.name].function.name
        self.authoriser_invoke_arn = built[AUTHORISER.name].alias.invoke_arn
        self.register_outputs(
            {"functions": self.functions, "alias": self.alias, "api_name": self.api_name, "failures": self.failures}
        )

    def _function(self, name: str, args: AgentRuntimeArgs, function: Function) -> Built:
        child = pulumi.ResourceOptions(parent=self)
        prefix = f"{name}-{function.name}"
        physical = self.functions[function.name]
        logs = aws.cloudwatch.LogGroup(
            f"{prefix}-logs",
            name=args.estate.names.log_group("lambda", physical),
            retention_in_days=args.retention_days,
            kms_key_id=args.logs_key,
            opts=child,
        )
        networked = args.network is not None
        role, policy = make_role(
            prefix,
            RoleArgs(
                names=args.estate.names,
                arns=args.estate.arns,
                purpose=function.name,
                description=f"What the function {function.name} may do",
                service="lambda.amazonaws.com",
                statements=(
                    *hosting_of(function.name, args.estate, traced=args.tracing, networked=networked),
                    *grants_of(function.name, args.estate),
                ),
                boundary=args.boundary,
            ),
            child,
        )
        values = {**args.values, **functions.named_functions(function, self.functions)}
        made = aws.lambda_.Function(
            prefix,
            name=physical,
            description=f"Quartermaster: {function.name}",
            role=role.arn,
            code=args.packages[function.name],
            handler=function.handler,
            runtime=f"python{args.python}",
            architectures=[args.size.architecture],
            memory_size=functions.memory_mb(function.name, args.size.memory_mb),
            timeout=functions.timeouts(args.size.timeout_s)[function.name],
            publish=True,
            reserved_concurrent_executions=(args.reserved_concurrency if function.name in functions.RESERVED else None),
            environment={"variables": functions.environment_of(function, values)},
            kms_key_arn=args.data_key,
            logging_config={"log_format": "JSON", "log_group": logs.name},
            tracing_config={"mode": "Active" if args.tracing else "PassThrough"},
            vpc_config=_vpc(args.network),
            **_leaves(args.network),
            # Without the policy a first call would fail; without the group Lambda would make one of its own.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, logs]),
        )
        alias = aws.lambda_.Alias(
            f"{prefix}-{ALIAS}",
            name=ALIAS,
            description="The version that serves",
            function_name=made.name,
            function_version=made.version,
            opts=child,
        )
        return Built(function=made, alias=alias)


def _vpc(network: FunctionNetwork | None) -> dict[str, object] | None:
    if network is None:
        return None
    return {"subnet_ids": network.subnet_ids, "security_group_ids": [network.security_group_id]}


def _leaves(network: FunctionNetwork | None) -> dict[str, object]:
    """How a function that goes leaves its VPC.

    Lambda keeps the network interfaces for up to 20 minutes after the function. Handing them to the VPC's default
    group first lets go of the functions' own group, and so its deletion does not wait for them.
    """
    if network is None:
        return {}
    default = network.default_group_id
    replacements = {} if default is None else {"replacement_security_group_ids": [default]}
    return {"replace_security_groups_on_destroy": True, **replacements}

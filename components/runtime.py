"""What runs: a Lambda function for each of the contract's, each with a role and a log group of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from agents.contract import API, FUNCTIONS, GATEWAY

from . import iam
from .grants import grants_of
from .naming import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.contract import Function

    from .grants import Estate
    from .naming import Names
    from .sections import LambdaResources

_MARGIN_S: Final = 3  # what is called ends before its caller, so that the caller can still say so


def function_names(names: Names) -> dict[str, str]:
    """Logical -> physical name of every function."""
    return {function.name: names.name(Kind.FUNCTION, function.name) for function in FUNCTIONS}


def log_group(function: str) -> str:
    """The log group of a function, by its physical name."""
    return f"/aws/lambda/{function}"


def timeout_of(function: str, timeout_s: int) -> int:
    """Seconds a function may take: the gateway less than the API, which waits for it."""
    return timeout_s - _MARGIN_S if function == GATEWAY.name else timeout_s


def environment_of(function: Function, values: Mapping[str, pulumi.Input[str]]) -> dict[str, pulumi.Input[str]]:
    """Exactly the variables that the contract says the function reads. Raises KeyError for one without a value."""
    return {name: values[name] for name in function.environment}


@dataclass(frozen=True, kw_only=True)
class AgentRuntimeArgs:
    names: Names
    estate: Estate
    packages: Mapping[str, pulumi.Archive]  # logical name of a function -> its zip
    values: Mapping[str, pulumi.Input[str]]  # of every variable in the contract
    python: str
    size: LambdaResources
    retention_days: int
    data_key: pulumi.Input[str]  # ARN; encrypts variables
    logs_key: pulumi.Input[str]  # ARN


class AgentRuntime(pulumi.ComponentResource):
    """The API and the SQL gateway. Only the gateway's role reaches the lake."""

    functions: Mapping[str, str]  # logical -> physical name
    api_invoke_arn: pulumi.Output[str]  # for API Gateway
    api_name: pulumi.Output[str]  # known once the function is there to be called

    def __init__(self, name: str, args: AgentRuntimeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:runtime:AgentRuntime", name, {}, opts)
        self.functions = args.estate.functions
        built = {function.name: self._function(name, args, function) for function in FUNCTIONS}
        self.api_invoke_arn = built[API.name].invoke_arn
        self.api_name = built[API.name].name
        self.register_outputs({"functions": self.functions, "api_name": self.api_name})

    def _function(self, name: str, args: AgentRuntimeArgs, function: Function) -> aws.lambda_.Function:
        child = pulumi.ResourceOptions(parent=self)
        prefix = f"{name}-{function.name}"
        logs = aws.cloudwatch.LogGroup(
            f"{prefix}-logs",
            name=args.estate.log_groups[function.name],
            retention_in_days=args.retention_days,
            kms_key_id=args.logs_key,
            opts=child,
        )
        role = aws.iam.Role(
            f"{prefix}-role",
            name=args.names.name(Kind.ROLE, function.name),
            description=f"What the function {function.name} may do",
            assume_role_policy=iam.trust("lambda.amazonaws.com"),
            opts=child,
        )
        policy = aws.iam.RolePolicy(
            f"{prefix}-policy",
            name=args.names.name(Kind.ROLE_POLICY, function.name),
            role=role.id,
            policy=iam.document(grants_of(function.name, args.estate)),
            opts=child,
        )
        return aws.lambda_.Function(
            prefix,
            name=self.functions[function.name],
            description=f"Quartermaster: {function.name}",
            role=role.arn,
            code=args.packages[function.name],
            handler=function.handler,
            runtime=f"python{args.python}",
            architectures=[args.size.architecture],
            memory_size=args.size.memory_mb,
            timeout=timeout_of(function.name, args.size.timeout_s),
            environment={"variables": environment_of(function, args.values)},
            kms_key_arn=args.data_key,
            logging_config={"log_format": "JSON", "log_group": logs.name},
            # Without the policy a first call would fail; without the group Lambda would make one of its own.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, logs]),
        )

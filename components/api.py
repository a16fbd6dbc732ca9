"""The way in: a REST API with one method for each route of the contract, behind the Cognito authoriser."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from agents.contract import ROUTES

from .naming import Kind
from .routes import tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .naming import Names

# Every access token of a signed-in user has this scope. A method without scopes would take identity tokens only.
SCOPES: Final = ("aws.cognito.signin.user.admin",)
_TIMEOUT_MS: Final = 29_000  # the longest that API Gateway waits
_ACCESS_LOG: Final = {
    "requestId": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "ip": "$context.identity.sourceIp",
    "subject": "$context.authorizer.claims.sub",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "status": "$context.status",
    "error": "$context.error.messageString",
    "latency_ms": "$context.responseLatency",
    "bytes": "$context.responseLength",
}


def revision(routes: Iterable[tuple[str, str]]) -> str:
    """Changes when what must be deployed anew changes."""
    shape = [sorted(routes), SCOPES, _TIMEOUT_MS]
    return hashlib.sha256(json.dumps(shape).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class ApiArgs:
    names: Names
    pool_arn: pulumi.Input[str]
    function_name: pulumi.Input[str]
    invoke_arn: pulumi.Input[str]
    throttle: int  # requests a second
    burst: int
    retention_days: int
    logs_key: pulumi.Input[str]  # ARN
    emulator: str | None  # where the emulator listens, when there is one


class Api(pulumi.ComponentResource):
    """A regional REST API; every method has an authoriser, a throttle and a line in the access log."""

    url: pulumi.Output[str]
    stage_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:api:Api", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        physical = args.names.name(Kind.API, "api")
        rest = aws.apigateway.RestApi(
            f"{name}-rest",
            name=physical,
            description="Questions to the agents, and their configuration",
            endpoint_configuration={"types": "REGIONAL"},
            opts=child,
        )
        authorizer = aws.apigateway.Authorizer(
            f"{name}-authorizer",
            name=args.names.name(Kind.AUTHORIZER, "users"),
            rest_api=rest.id,
            type="COGNITO_USER_POOLS",
            provider_arns=[args.pool_arn],
            identity_source="method.request.header.Authorization",
            opts=child,
        )
        integrations = self._routes(name, args, rest, authorizer)
        deployment = aws.apigateway.Deployment(
            f"{name}-deployment",
            rest_api=rest.id,
            triggers={"revision": revision(ROUTES), "authorizer": authorizer.id},
            opts=pulumi.ResourceOptions(parent=self, depends_on=integrations),
        )
        stage = self._stage(name, args, rest, deployment)
        aws.lambda_.Permission(
            f"{name}-permission",
            action="lambda:InvokeFunction",
            function=args.function_name,
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.concat(rest.execution_arn, "/", args.names.environment, "/*/*"),
            opts=child,
        )
        self.stage_arn = stage.arn
        self.url = stage.invoke_url
        if args.emulator:
            self.url = pulumi.Output.concat(
                args.emulator, "/restapis/", rest.id, "/", stage.stage_name, "/_user_request_"
            )
        self.register_outputs({"url": self.url})

    def _routes(
        self, name: str, args: ApiArgs, rest: aws.apigateway.RestApi, authorizer: aws.apigateway.Authorizer
    ) -> list[pulumi.Resource]:
        """Resources, methods and integrations; returns what a deployment must wait for."""
        child = pulumi.ResourceOptions(parent=self)
        nodes = {node.path: node for node in tree(ROUTES)}
        identifiers = {"": rest.root_resource_id}
        for node in nodes.values():
            identifiers[node.path] = aws.apigateway.Resource(
                f"{name}-{node.name}",
                rest_api=rest.id,
                parent_id=identifiers[node.parent],
                path_part=node.part,
                opts=child,
            ).id
        ready: list[pulumi.Resource] = []
        for verb, path in ROUTES:
            route = f"{name}-{verb.lower()}-{nodes[path].name}"
            method = aws.apigateway.Method(
                route,
                rest_api=rest.id,
                resource_id=identifiers[path],
                http_method=verb,
                authorization="COGNITO_USER_POOLS",
                authorizer_id=authorizer.id,
                authorization_scopes=list(SCOPES),
                opts=child,
            )
            integration = aws.apigateway.Integration(
                f"{route}-integration",
                rest_api=rest.id,
                resource_id=identifiers[path],
                http_method=method.http_method,
                integration_http_method="POST",
                type="AWS_PROXY",
                uri=args.invoke_arn,
                timeout_milliseconds=_TIMEOUT_MS,
                opts=child,
            )
            ready += [method, integration]
        return ready

    def _stage(
        self, name: str, args: ApiArgs, rest: aws.apigateway.RestApi, deployment: aws.apigateway.Deployment
    ) -> aws.apigateway.Stage:
        child = pulumi.ResourceOptions(parent=self)
        logs = aws.cloudwatch.LogGroup(
            f"{name}-access-logs",
            name=f"/aws/apigateway/{args.names.name(Kind.API, 'api')}",
            retention_in_days=args.retention_days,
            kms_key_id=args.logs_key,
            opts=child,
        )
        stage = aws.apigateway.Stage(
            f"{name}-stage",
            rest_api=rest.id,
            deployment=deployment.id,
            stage_name=args.names.environment,
            access_log_settings={"destination_arn": logs.arn, "format": json.dumps(_ACCESS_LOG)},
            opts=child,
        )
        aws.apigateway.MethodSettings(
            f"{name}-throttle",
            rest_api=rest.id,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings={
                "throttling_rate_limit": args.throttle,
                "throttling_burst_limit": args.burst,
                "metrics_enabled": True,
                "data_trace_enabled": False,  # it would write questions and answers into the log
                "caching_enabled": False,  # an answer belongs to the person who asked
            },
            opts=child,
        )
        return stage
